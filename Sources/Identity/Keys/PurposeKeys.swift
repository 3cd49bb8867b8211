package import JOSE

/// The secret of the deployment, 32 bytes, from `keys/` or the environment. Used for nothing but deriving.
package struct MasterKey: Sendable {
    let secret: Secret

    package static let byteCount = 32

    /// Nil when it is not 32 bytes long.
    package init?(_ secret: Secret) {
        guard secret.count == Self.byteCount else { return nil }
        self.secret = secret
    }
}

/// One key a purpose, each derived from the master key by HKDF with a label, so that what is made for one purpose is
/// nothing to another.
package struct PurposeKeys: Sendable {
    /// Refresh tokens' codes.
    let refresh: PurposeKey
    /// Short codes that people type: user codes, six-digit codes, match codes.
    let codes: PurposeKey
    /// Client secrets.
    let clientSecrets: PurposeKey
    /// API tokens' secrets.
    let apiTokens: PurposeKey
    /// Form tokens of the pages.
    package let formTokens: PurposeKey
    /// Questions of a doctor to a server of the same deployment.
    let doctor: PurposeKey
    /// Signing keys at rest.
    let signingKeys: WrappingKey
    /// Mail that waits to be sent.
    let mail: WrappingKey
    /// Whether the master key before the present one stands beside it.
    let isChanging: Bool
    /// Answers that are kept to be given again.
    let recordedAnswers: WrappingKey
    /// Secrets that are shared with authenticator apps.
    let totpSecrets: WrappingKey
    /// Recovery codes.
    let recoveryCodes: PurposeKey
    /// Secrets that messages to webhooks are signed with.
    let webhookSecrets: WrappingKey

    /// - Parameter former: the master key before the present one, while what it made still lives.
    package init(master: MasterKey, former: MasterKey? = nil) {
        func derive(_ label: String) -> (Secret, Secret?) {
            let label = "latchkey/1/" + label
            return (
                HKDF.sha256(master.secret, label: label), former.map { HKDF.sha256($0.secret, label: label) }
            )
        }
        refresh = PurposeKey(derive("refresh-token"))
        codes = PurposeKey(derive("typed-code"))
        clientSecrets = PurposeKey(derive("client-secret"))
        apiTokens = PurposeKey(derive("api-token"))
        formTokens = PurposeKey(derive("form-token"))
        doctor = PurposeKey(derive("doctor"))
        signingKeys = WrappingKey(derive("signing-key"))
        mail = WrappingKey(derive("mail"))
        isChanging = former != nil
        recordedAnswers = WrappingKey(derive("recorded-answer"))
        totpSecrets = WrappingKey(derive("totp-secret"))
        recoveryCodes = PurposeKey(derive("recovery-code"))
        webhookSecrets = WrappingKey(derive("webhook-secret"))
    }
}

/// An HMAC-SHA256 key and, during a change of the master key, the one before it.
package struct PurposeKey: Sendable {
    private let current: HMACSHA256
    private let former: HMACSHA256?

    init(_ keys: (current: Secret, former: Secret?)) {
        current = HMACSHA256(key: keys.current)
        former = keys.former.map(HMACSHA256.init(key:))
    }

    package func code(for message: [UInt8]) -> [UInt8] {
        current.code(for: message)
    }

    package func isValid(_ code: [UInt8], for message: [UInt8]) -> Bool {
        current.isValid(code, for: message) || former?.isValid(code, for: message) == true
    }
}

/// An AES-256-GCM key for what must be kept secret at rest and read again.
struct WrappingKey: Sendable {
    private let current: AESGCM
    private let former: AESGCM?

    init(_ keys: (current: Secret, former: Secret?)) {
        current = AESGCM(key: keys.current)
        former = keys.former.map(AESGCM.init(key:))
    }

    /// - Parameter name: what is wrapped; the same name is needed to open it, so that one row cannot stand for another.
    func wrap(_ secret: Secret, name: String, random: RandomSource) -> [UInt8] {
        current.seal(secret, authenticating: Array(name.utf8), random: random)
    }

    func unwrap(_ sealed: [UInt8], name: String) -> Secret? {
        current.open(sealed, authenticating: Array(name.utf8)) ?? former?.open(sealed, authenticating: Array(name.utf8))
    }

    /// What only the former key opens, wrapped by the present one; nil for all else.
    func rewrap(_ sealed: [UInt8], name: String, random: RandomSource) -> [UInt8]? {
        guard let former, current.open(sealed, authenticating: Array(name.utf8)) == nil else { return nil }
        return former.open(sealed, authenticating: Array(name.utf8)).map { wrap($0, name: name, random: random) }
    }
}
