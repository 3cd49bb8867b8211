package import JOSE
package import WebAuthn

/// A credential by which a person signs in without mail: a key pair whose private half never leaves its authenticator
/// (WebAuthn §4, "credential record").
package struct Passkey: Sendable, Identified {
    package static let identifierPrefix = "pky"
    package typealias ID = Identifier<Passkey>

    package let id: ID
    package let user: User.ID
    /// Of the authenticator's choice, and unique among all users.
    package let credentialID: [UInt8]
    let publicKey: CredentialPublicKey
    /// Where its counter stood at the last sign-in; 0 for one that does not count.
    package private(set) var signCount: UInt32
    /// How the browser said it can be reached.
    package let transports: [String]
    /// Whether it may be copied to other devices: a passkey of a password manager or a cloud account.
    package let backupEligible: Bool
    /// Whether it has been copied.
    package private(set) var backedUp: Bool
    /// The model of its authenticator, as that says itself.
    package let aaguid: AAGUID
    package let name: String
    package let createdAt: Instant
    package private(set) var lastUsedAt: Instant?
    /// When it last showed a counter that had not advanced: there may be a second copy of the key.
    package private(set) var counterRegressedAt: Instant?

    /// At most so many for one person.
    package static let maximumPerUser = 20

    init(
        id: ID, user: User.ID, credentialID: [UInt8], publicKey: CredentialPublicKey, signCount: UInt32,
        transports: [String], backupEligible: Bool, backedUp: Bool, aaguid: AAGUID, name: String, createdAt: Instant,
        lastUsedAt: Instant? = nil, counterRegressedAt: Instant? = nil
    ) {
        self.id = id
        self.user = user
        self.credentialID = credentialID
        self.publicKey = publicKey
        self.signCount = signCount
        self.transports = transports
        self.backupEligible = backupEligible
        self.backedUp = backedUp
        self.aaguid = aaguid
        self.name = name
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.counterRegressedAt = counterRegressedAt
    }

    /// A credential just registered.
    init(_ id: ID, _ registered: Registered, of user: User.ID, name: String, at now: Instant) {
        self.init(
            id: id, user: user, credentialID: registered.credentialID, publicKey: registered.publicKey,
            signCount: registered.signCount, transports: registered.transports,
            backupEligible: registered.backupEligible, backedUp: registered.backupState, aaguid: registered.aaguid,
            name: name, createdAt: now)
    }
}

extension Passkey {
    /// What an authentication is verified against.
    var record: CredentialRecord {
        CredentialRecord(
            credentialID: credentialID, userHandle: user.userHandle, publicKey: publicKey, signCount: signCount,
            backupEligible: backupEligible)
    }

    var descriptor: CredentialDescriptor { CredentialDescriptor(id: credentialID, transports: transports) }

    /// WebAuthn §7.2 step 24: the record after a sign-in.
    mutating func use(_ authenticated: Authenticated, at now: Instant) {
        signCount = authenticated.signCount
        backedUp = authenticated.backupState
        lastUsedAt = now
    }

    /// The signature was good and the counter had not advanced. The counter stays where it was.
    mutating func regress(at now: Instant) {
        counterRegressedAt = now
    }

    /// How a sign-in by it is told in `amr` (RFC 8176 §2): a key in hardware, or in software that copies it; a person
    /// was there; and with user verification what they have and what they know or are.
    func amr(_ authenticated: Authenticated) -> [String] {
        [backupEligible ? "swk" : "hwk", "user"] + (authenticated.userVerified ? ["mfa"] : [])
    }

    /// The name of a new one: as its authenticator is called, with a number when that name is taken.
    static func name(for aaguid: AAGUID, besides taken: some Collection<String>) -> String {
        let plain = aaguid.name ?? "Passkey"
        guard taken.contains(plain) else { return plain }
        let numbers = 2...(taken.count + 2)
        return numbers.lazy.map { "\(plain) \($0)" }.first { !taken.contains($0) } ?? plain
    }
}

extension Identifier<User> {
    /// `user.id` of WebAuthn §5.4.3: says nothing about the person but which account it is.
    package var userHandle: [UInt8] { Array(description.utf8) }
}

/// Why a passkey is neither renamed nor removed.
package enum PasskeyChangeRefusal: Error, Hashable, Sendable {
    /// The user has no such passkey.
    case unknown
    /// Without it nothing would let its user in: their address has never been proven.
    case lastWayIn
    /// It is a second factor, and none was shown.
    case stepUpRequired
}
