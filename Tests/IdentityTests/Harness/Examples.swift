import JOSE

@testable import Identity

// Entities for the rules: made by hand, in no database.

extension ResourceServer {
    static let example = ResourceServer(
        identifier: "https://api.example.com", name: "Example",
        scopes: [Scope("jobs:read", "Read jobs"), Scope("jobs:write", "Write jobs"), Scope("bills:read", "Read bills")])
}

extension ScopeCatalog {
    static let example = ScopeCatalog(servers: [.example])
}

extension Client {
    /// A public client that may ask for everything, changed as a test needs it.
    static func example(
        _ id: Int64 = 1, secretCode: [UInt8]? = nil, grantTypes: Set<GrantType> = Set(GrantType.allCases),
        scopes: ScopeSet? = nil, leeway: Duration = .zero, disabledAt: Instant? = nil
    ) -> Client {
        Client(
            id: ID(rawValue: id), identifier: "client-\(id)", name: "Client \(id)", secretCode: secretCode,
            grantTypes: grantTypes, scopes: scopes, magicLinkURI: nil, refreshReuseLeeway: leeway, stepUp: .never,
            disabledAt: disabledAt)
    }
}

extension Grant {
    /// A grant in its fifth generation, rotated at `.start` by a call with the key `[7]`.
    static func example(
        generation: Int64 = 5, scopes: ScopeSet = ["jobs:read", "jobs:write"], audience: String? = nil,
        secret: [UInt8] = [UInt8](repeating: 9, count: 32), epoch: [UInt8] = [], rotationKey: [UInt8]? = [7]
    ) -> Grant {
        Grant(
            id: ID(rawValue: 77), user: .init(rawValue: 1), client: .init(rawValue: 1),
            organization: .init(rawValue: 1),
            scopes: scopes, audience: audience, secret: Secret(secret), epoch: epoch, generation: generation,
            authTime: .start,
            amr: ["email"], device: "", createdAt: .start, createdAddress: "", lastUsedAt: .start, lastUsedAddress: "",
            rotatedAt: .start, rotationKey: rotationKey, expiresAt: .start + lifetime)
    }
}

extension Standing {
    /// Everything given, changed as a test needs it.
    static func example(
        client: Client = .example(), userIsEnabled: Bool = true, role: Role? = .member, catalog: ScopeCatalog = .example
    ) -> Standing {
        Standing(userIsEnabled: userIsEnabled, role: role, client: client, catalog: catalog)
    }
}

extension ScopeSet: ExpressibleByArrayLiteral {
    /// The scopes as written.
    public init(arrayLiteral names: String...) { self.init(names) }
}

extension PurposeKeys {
    static let first = PurposeKeys(master: .first)
}

extension RandomSource {
    /// Yields these numbers, one a draw of eight bytes, then counts on from the last.
    static func numbers(_ numbers: [UInt64]) -> RandomSource {
        let supply = Supply(numbers)
        return RandomSource { buffer in
            var next = supply.next()
            withUnsafeBytes(of: &next) { bytes in
                for index in buffer.indices { buffer[index] = bytes[index % bytes.count] }
            }
        }
    }
}
