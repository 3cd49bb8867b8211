import Identity
import JOSE
import WebAuthn

// The answers of `navigator.credentials`, read at the door. They are the body itself, or its member `credential`, where
// there is more to say beside them.

extension JSONBody {
    private var credential: JSONValue {
        get throws { try optionalObject("credential").map { .object($0) } ?? value }
    }

    /// `RegistrationResponseJSON` (WebAuthn §5.1.8.1)
    func registrationResponse() throws -> RegistrationResponse {
        let credential = try credential
        do throws(ResponseError) {
            return try RegistrationResponse(credential)
        } catch {
            throw Refusal(error)
        }
    }

    /// `AuthenticationResponseJSON` (WebAuthn §5.1.8.2)
    func authenticationResponse() throws -> AuthenticationResponse {
        let credential = try credential
        do throws(ResponseError) {
            return try AuthenticationResponse(credential)
        } catch {
            throw Refusal(error)
        }
    }

    /// `name`; nil: not given.
    func passkeyName() throws -> String? {
        guard let typed = try optionalString("name") else { return nil }
        guard let name = Passkeys.name(from: typed) else {
            throw Refusal.invalidRequest("name must have \(NameRule.text).")
        }
        return name
    }
}

extension FormBody {
    /// The field `credential`, written by our own script.
    func registrationResponse() throws -> RegistrationResponse {
        do throws(ResponseError) {
            return try RegistrationResponse(parsing: Array((self["credential"] ?? "").utf8))
        } catch {
            throw Refusal(error)
        }
    }

    func authenticationResponse() throws -> AuthenticationResponse {
        try Self.authenticationResponse(self["credential"] ?? "")
    }

    static func authenticationResponse(_ text: String) throws -> AuthenticationResponse {
        do throws(ResponseError) {
            return try AuthenticationResponse(parsing: Array(text.utf8))
        } catch {
            throw Refusal(error)
        }
    }
}

extension Refusal {
    init(_ error: ResponseError) {
        self =
            switch error {
            case .malformed: .invalidRequest("The credential is not the JSON that PublicKeyCredential.toJSON() writes.")
            case .missingMember(let path): .invalidRequest("The member \(path) is missing.")
            case .invalidMember(let path):
                .invalidRequest("The member \(path) has the wrong type or form; bytes are base64url without padding.")
            case .tooLong(let path): .invalidRequest("The member \(path) is too long.")
            }
    }
}
