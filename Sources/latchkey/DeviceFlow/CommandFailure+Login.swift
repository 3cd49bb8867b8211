extension CommandFailure {
    static func login(_ refusal: ServerRefusal, issuer: Issuer) -> CommandFailure {
        refusal.status == 429
            ? CommandFailure(refusal) : login(code: refusal.code, message: refusal.message, issuer: issuer)
    }

    /// RFC 6749 §5.2, RFC 8628 §3.5 and RFC 8707 §2 in plain words, each with what to do about it.
    static func login(code: String, message: String, issuer: Issuer) -> CommandFailure {
        let again = "latchkey login --issuer \(issuer)"
        let (cause, next): (String, String) =
            switch code {
            case "access_denied":
                (
                    "The login was denied in the browser, or taken back by signing out everywhere.",
                    "If that was a mistake, try again: \(again)"
                )
            case "expired_token":
                ("The code expired before anyone approved it.", "Get a new one: \(again)")
            case "invalid_grant":
                (
                    "The server does not know this code, or it has been used.",
                    "If you did not use it yourself, look at the sessions of your account. New code: \(again)"
                )
            case "invalid_scope":
                (
                    "The server does not give these scopes: \(message)",
                    "Ask for fewer with --scope, or for none by name."
                )
            case "invalid_target":
                ("The server knows no such API: \(message)", "Check --resource, or leave it out.")
            case "invalid_client", "unauthorized_client":
                (
                    "This server does not let the command line log in: \(message)",
                    "Its operator has to enable the client latchkey-cli."
                )
            case "unsupported_grant_type":
                ("This server does not offer the device flow: \(message)", "Is the issuer right? \(issuer)")
            case "invalid_request":
                ("The server did not accept the request: \(message)", "Check --organization, --scope and --resource.")
            default:
                ("The server refused: \(message) (\(code))", "Try again: \(again)")
            }
        return CommandFailure(.refused, code: code, cause, next: next)
    }
}
