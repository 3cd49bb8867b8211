import Hummingbird
import Identity

/// `/`: who you are, or where to sign in.
struct HomePage: Feature {
    let browsers: Browsers
    let pages: PageRenderer
    let organizations: Organizations
    let passkeys: Passkeys
    /// Whether there are passkeys here.
    let offersPasskeys: Bool
    let issuer: String

    var routes: [Route] {
        [browsers.page("/", show)]
    }

    private func show(_ call: Call, _ browser: Browser) async throws -> Response {
        var memberships: [Membership] = []
        if let user = browser.viewer?.user {
            memberships = try await organizations.memberships(of: user.id)
        }
        var context: [String: Any] = [
            "issuer": issuer, "cliCommand": "latchkey login --issuer \(issuer)",
            "organizations": memberships.map {
                [
                    "id": $0.organization.id.description, "name": $0.organization.name, "slug": $0.organization.slug,
                    "role": $0.role.rawValue,
                ]
            },
        ]
        if let user = browser.viewer?.user, offersPasskeys, try await passkeys.all(of: user.id).isEmpty {
            context["passkeyURL"] = SafePath.newPasskey(before: "/")
        }
        return pages.page("home", context, for: browser)
    }
}
