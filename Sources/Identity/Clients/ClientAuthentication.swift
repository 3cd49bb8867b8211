/// What a request shows of the client that sends it (RFC 6749 §2.3).
package enum ClientCredentials: Sendable {
    /// Nothing but its name: a public client.
    case identifier(String)
    /// Its name and secret, by either of the two ways.
    case secret(identifier: String, secret: String)
    /// Nothing at all: the built-in first-party client, in the JSON dialect only.
    case firstParty

    /// The client that is meant.
    var clientIdentifier: String {
        switch self {
        case .identifier(let identifier), .secret(let identifier, _): identifier
        case .firstParty: Client.commandLine
        }
    }
}

/// Why a client is not let in. On the wire all are `invalid_client`.
package enum ClientRefusal: Error, Sendable {
    case unknown
    case disabled
    /// A confidential client without its secret, or with a wrong one.
    case secretMissing
    case secretWrong
    /// A public client that sent a secret: it is another client's, or the registration is not what its owner thinks.
    case secretUnexpected
}

extension Client {
    /// RFC 6749 §3.2.1: a confidential client proves itself every time; a public one is known by name alone.
    func authenticate(_ credentials: ClientCredentials, key: PurposeKey) -> ClientRefusal? {
        if disabledAt != nil { return .disabled }
        switch (credentials, secretCode) {
        case (.identifier, nil), (.firstParty, nil): return nil
        case (.identifier, .some), (.firstParty, .some): return .secretMissing
        case (.secret, nil): return .secretUnexpected
        case (.secret(_, let secret), .some(let code)):
            return key.isValid(code, for: Self.secretMessage(identifier: identifier, secret: secret))
                ? nil : .secretWrong
        }
    }

    /// The identifier is part of what is authenticated, so that one client's stored code says nothing of another's.
    static func secretMessage(identifier: String, secret: String) -> [UInt8] {
        Array(identifier.utf8) + [0] + Array(secret.utf8)
    }
}
