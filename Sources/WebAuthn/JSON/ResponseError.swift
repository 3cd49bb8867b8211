/// Why a response is none: it is not the JSON that `PublicKeyCredential.toJSON()` writes (WebAuthn §5.1.8).
package enum ResponseError: Error, Hashable, Sendable {
    /// Not strict JSON, or not an object.
    case malformed
    /// A member that must be there is not. Its path, such as `response.clientDataJSON`.
    case missingMember(String)
    /// A member has the wrong type or form: text that is not base64url without padding, for one.
    case invalidMember(String)
    /// A member is longer than anything that could be meant.
    case tooLong(String)
}
