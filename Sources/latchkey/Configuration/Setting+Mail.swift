extension Setting {
    static let smtpURL = Setting(
        name: "smtp_url", kind: .text,
        values: "`smtp://` or `smtps://`, then `user@` if need be, a host, and `:port` if it is not 587 or 465; "
            + "without a password",
        fallback: "none: no mail leaves", flag: nil,
        explanation: "The server that takes our mail. `smtp` goes over to TLS before anything is said, except to this "
            + "machine; `smtps` begins with it. Certificates are always verified.")

    static let smtpPassword = Setting(
        name: "smtp_password", kind: .text, values: "some text", fallback: "none", flag: nil, isSecret: true,
        explanation: "The password of the user in `smtp_url`.")

    static let smtpCAFile = Setting(
        name: "smtp_ca_file", kind: .text, values: "a file", fallback: "the system's authorities", flag: nil,
        explanation: "PEM certificates of the authorities to believe instead, for a mail server of your own.")

    static let mailFrom = Setting(
        name: "mail_from", kind: .text, values: "`login@example.com` or `Latchkey <login@example.com>`",
        fallback: "none", flag: nil, explanation: "The sender of all mail. `smtp_url` needs it.")

    static let mailTemplates = Setting(
        name: "mail_templates", kind: .text, values: "a directory", fallback: "the built-in ones", flag: nil,
        explanation: "Holds `mail-magic-link-text.mustache`, `mail-magic-link-html.mustache`, "
            + "`mail-invitation-text.mustache`, `mail-invitation-html.mustache`, `mail-second-factor-text.mustache`, "
            + "`mail-second-factor-html.mustache`, `mail-api-tokens-text.mustache` and `mail-api-tokens-html.mustache`, "
            + "`mail-webhook-off-text.mustache` and `mail-webhook-off-html.mustache`, "
            + "or some of them, to be sent instead of the built-in ones.")
}
