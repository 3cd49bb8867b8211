/// The answer of an authenticator that has made a credential (WebAuthn §6.5): its data, and a statement about them.
struct AttestationObject: Hashable, Sendable {
    /// The statement, of the format that `fmt` names.
    let statement: AttestationStatement
    let authenticatorData: AuthenticatorData
    /// The authenticator data as written, which is what is signed.
    let encodedAuthenticatorData: [UInt8]

    init(parsing bytes: [UInt8]) throws(RegistrationRefusal) {
        guard let map = (try? CBORValue.decode(bytes))?.map, map.hasOnly(["fmt", "attStmt", "authData"]),
            let format = map["fmt"]?.text, let statement = map["attStmt"], let encoded = map["authData"]?.bytes,
            let data = AuthenticatorData(parsing: encoded)
        else { throw .malformedAttestationObject }
        self.statement = try AttestationStatement(format: format, statement)
        authenticatorData = data
        encodedAuthenticatorData = encoded
    }
}
