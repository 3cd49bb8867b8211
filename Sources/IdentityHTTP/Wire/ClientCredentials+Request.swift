import HTTPTypes
import Hummingbird
import Identity
import JOSE

extension Call {
    /// The client of `Authorization: Basic` (RFC 6749 §2.3.1): both halves are form-encoded before they are joined.
    func basicCredentials() throws -> ClientCredentials? {
        guard let encoded = request.headers.basicCredentials else { return nil }
        guard let decoded = Base64.decode(encoded), let colon = decoded.firstIndex(of: UInt8(ascii: ":")),
            let identifier = FormBody.decode(decoded[..<colon]), let secret = FormBody.decode(decoded[(colon + 1)...])
        else { throw Refusal.invalidClient("The Authorization header is not well-formed.") }
        return .secret(identifier: identifier, secret: secret)
    }

    /// RFC 6749 §2.3: by header or by body, and not by both.
    func credentials(_ form: FormBody) throws -> ClientCredentials? {
        if let basic = try basicCredentials() {
            guard form["client_secret"] == nil else {
                throw Refusal.invalidRequest("The client authenticates in two ways at once; use one.")
            }
            if case .secret(let identifier, _) = basic, let named = form["client_id"], named != identifier {
                throw Refusal.invalidRequest("client_id is not the client of the Authorization header.")
            }
            return basic
        }
        guard let identifier = form["client_id"] else { return nil }
        return form["client_secret"].map { .secret(identifier: identifier, secret: $0) } ?? .identifier(identifier)
    }

    /// The same where a request without a client is refused: the OAuth endpoints.
    func requiredCredentials(_ form: FormBody) throws -> ClientCredentials {
        guard let credentials = try credentials(form) else {
            throw Refusal.invalidClient("The client is not named: send client_id, or authenticate.")
        }
        return credentials
    }

    /// The JSON dialect: by header, or a public client by its name in the body.
    func credentials(_ body: JSONBody) throws -> ClientCredentials? {
        let named = try body.optionalString("client_id")
        guard let basic = try basicCredentials() else { return named.map { .identifier($0) } }
        if case .secret(let identifier, _) = basic, let named, named != identifier {
            throw Refusal.invalidRequest("client_id is not the client of the Authorization header.")
        }
        return basic
    }
}

extension Clients {
    /// The client of a request that must have one.
    func require(_ credentials: ClientCredentials) async throws -> Client {
        switch try await authenticate(credentials) {
        case .success(let client): return client
        case .failure(let refusal): throw Refusal(refusal)
        }
    }

    /// For whom a request in the JSON dialect speaks.
    func presence(_ credentials: ClientCredentials?) async throws -> ClientPresence {
        guard let credentials else { return .unnamed }
        return .authenticated(try await require(credentials))
    }
}

extension Refusal {
    /// RFC 6749 §5.2: 401, and with the scheme that can be used.
    static func invalidClient(_ message: String) -> Refusal {
        Refusal(.unauthorized, "invalid_client", message, headers: [.wwwAuthenticate: "Basic realm=\"latchkey\""])
    }

    init(_ refusal: ClientRefusal) {
        self =
            switch refusal {
            case .unknown: .invalidClient("There is no such client. Check client_id.")
            case .disabled: .invalidClient("This client is disabled. Ask whoever runs this server.")
            case .secretMissing: .invalidClient("This client is confidential: its secret is needed.")
            case .secretWrong: .invalidClient("The client secret is wrong.")
            case .secretUnexpected: .invalidClient("This client is public and has no secret. Send client_id alone.")
            }
    }
}

/// Plain base64 with padding (RFC 4648 §4), as `Authorization: Basic` has it.
private enum Base64 {
    static func decode(_ text: String) -> [UInt8]? {
        var letters = Array(text.utf8)
        guard letters.count % 4 == 0 else { return nil }
        for _ in 0..<2 where letters.last == UInt8(ascii: "=") { letters.removeLast() }
        for index in letters.indices {
            switch letters[index] {
            case UInt8(ascii: "+"): letters[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): letters[index] = UInt8(ascii: "_")
            default: break
            }
        }
        return Base64URL.decode(letters)
    }
}
