import Mustache

/// The templates of all pages and mails, parsed once. Their sources are compiled into the binary.
struct Templates: Sendable {
    private let library: MustacheLibrary

    /// Throws when a template cannot be parsed: at the start, not at the first request.
    ///
    /// - Parameters:
    ///   - prefix: how the names of those begin that are needed. Parsing is most of what a start takes.
    ///   - replacements: sources by name, to be used instead of the built-in ones.
    init(named prefix: String = "", replacing replacements: [String: String] = [:]) throws {
        MustacheContentTypes.register(StrictHTML(), named: StrictHTML.name)
        var library = MustacheLibrary()
        for (name, source) in Self.sources where name.hasPrefix(prefix) || name == Self.mailFrame {
            try library.register(replacements[name] ?? String(decoding: source, as: UTF8.self), named: name)
        }
        self.library = library
    }

    /// A template filled in. A name that is not registered gives an empty text, which every page's test would show.
    func render(_ name: String, _ context: [String: Any]) -> String {
        library.render(context, withTemplate: name) ?? ""
    }

    /// What every mail's HTML half is framed by.
    private static let mailFrame = "mail-layout"

    /// Of both halves of every mail, in the order of the alphabet.
    static let mailNames = sources.map(\.0).filter { $0.hasPrefix("mail-") && $0 != mailFrame }.sorted()

    private static let sources: [(String, [UInt8])] = [
        ("layout", PackageResources.layout_mustache),
        ("account", PackageResources.account_mustache),
        ("api-token", PackageResources.api_token_mustache),
        ("api-token-form", PackageResources.api_token_form_mustache),
        ("api-token-given", PackageResources.api_token_given_mustache),
        ("api-token-new", PackageResources.api_token_new_mustache),
        ("api-token-revoke", PackageResources.api_token_revoke_mustache),
        ("device", PackageResources.device_mustache),
        ("device-confirm", PackageResources.device_confirm_mustache),
        ("device-done", PackageResources.device_done_mustache),
        ("error", PackageResources.error_mustache),
        ("held-form", PackageResources.held_form_mustache),
        ("home", PackageResources.home_mustache),
        ("invitation", PackageResources.invitation_mustache),
        ("invitation-invalid", PackageResources.invitation_invalid_mustache),
        ("invitation-offer", PackageResources.invitation_offer_mustache),
        ("login", PackageResources.login_mustache),
        ("login-sent", PackageResources.login_sent_mustache),
        ("magic-link", PackageResources.magic_link_mustache),
        ("magic-link-confirm", PackageResources.magic_link_confirm_mustache),
        ("magic-link-done", PackageResources.magic_link_done_mustache),
        ("magic-link-invalid", PackageResources.magic_link_invalid_mustache),
        ("mailbox", PackageResources.mailbox_mustache),
        ("passkey-new", PackageResources.passkey_new_mustache),
        ("recovery-codes", PackageResources.recovery_codes_mustache),
        ("second-factor-ready", PackageResources.second_factor_ready_mustache),
        ("setup", PackageResources.setup_mustache),
        ("setup-claim", PackageResources.setup_claim_mustache),
        ("setup-done", PackageResources.setup_done_mustache),
        ("step-up", PackageResources.step_up_mustache),
        ("step-up-done", PackageResources.step_up_done_mustache),
        ("totp-setup", PackageResources.totp_setup_mustache),
        ("webhook", PackageResources.webhook_mustache),
        ("webhook-delete", PackageResources.webhook_delete_mustache),
        ("webhook-form", PackageResources.webhook_form_mustache),
        ("webhook-given", PackageResources.webhook_given_mustache),
        ("webhook-new", PackageResources.webhook_new_mustache),
        ("mail-api-tokens-html", PackageResources.mail_api_tokens_html_mustache),
        ("mail-api-tokens-text", PackageResources.mail_api_tokens_text_mustache),
        ("mail-invitation-html", PackageResources.mail_invitation_html_mustache),
        ("mail-invitation-text", PackageResources.mail_invitation_text_mustache),
        ("mail-layout", PackageResources.mail_layout_mustache),
        ("mail-magic-link-html", PackageResources.mail_magic_link_html_mustache),
        ("mail-magic-link-text", PackageResources.mail_magic_link_text_mustache),
        ("mail-webhook-off-html", PackageResources.mail_webhook_off_html_mustache),
        ("mail-webhook-off-text", PackageResources.mail_webhook_off_text_mustache),
        ("mail-second-factor-html", PackageResources.mail_second_factor_html_mustache),
        ("mail-second-factor-text", PackageResources.mail_second_factor_text_mustache),
        ("organization", PackageResources.organization_mustache),
        ("organization-audit", PackageResources.organization_audit_mustache),
        ("organization-tokens", PackageResources.organization_tokens_mustache),
        ("organization-webhooks", PackageResources.organization_webhooks_mustache),
    ]
}
