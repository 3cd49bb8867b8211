import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// Where the link of an invitation leads. Opening it changes nothing: the token is in the fragment.
///
/// Who is not signed in signs in by a magic link to the very address that was invited, and finds the invitation at
/// `/organization`: from there on it is theirs by the address alone, so that no token needs to be carried along.
struct InvitationPages: Feature {
    let browsers: Browsers
    let pages: PageRenderer
    let acceptance: InvitationAcceptance

    var routes: [Route] {
        [
            browsers.page("/invitation") { _, browser in
                pages.page("invitation", for: browser)
            },
            browsers.form("/invitation/open", rate: .code, open),
        ]
    }

    private func open(_ call: Call, _ browser: Browser, _ form: FormBody) async throws -> Response {
        switch try await acceptance.inspect(form["token"] ?? "", at: call.now) {
        case .failure(let refusal):
            let cause = Refusal(refusal).message
            return pages.page("invitation-invalid", ["cause": cause], for: browser, status: .badRequest)
        case .success(let offer):
            let email = offer.invitation.email
            var context: [String: Any] = [
                "id": offer.invitation.id.description, "organization": offer.organization, "email": email.text,
                "inviter": offer.inviterName, "inviterEmail": offer.inviterEmail.text,
                "role": offer.invitation.role.rawValue, "expiresAt": offer.invitation.expiresAt.moment,
            ]
            switch browser.viewer?.user {
            case nil: context["signedOut"] = true
            case let user? where user.email.canonical == email.canonical: context["invited"] = true
            case let user?: context["other"] = ["email": user.email.text]
            }
            return pages.page("invitation-offer", context, for: browser)
        }
    }
}
