import HTTPTypes
public import Hummingbird
import LatchkeyVerifier
import NIOCore

/// What an API says of itself (RFC 9728), so that a client that is refused finds out by itself where to get a token.
///
///     let resource = try ProtectedResource("https://api.example.com", issuer: "https://id.example.com",
///                                          scopes: ["jobs:read", "jobs:write"])
///     router.protectedResource(resource)
///     router.group("/api/v1").add(middleware: BearerAuthentication(verifier, resource: resource))
public struct ProtectedResource: Sendable {
    /// The identifier cannot be one.
    public struct InvalidIdentifier: Error, CustomStringConvertible {
        /// What was given.
        public let identifier: String

        /// The cause and the next step.
        public var description: String {
            "\(identifier) is no identifier of an API. Give its https URL, without query and fragment, and with nothing "
                + "but letters, digits and -._~/ in its path."
        }
    }

    /// The identifier of the API: the `audience` of its verifier.
    public let identifier: String
    /// Where the document is. Of `https://api.example.com/v1` it is at
    /// `https://api.example.com/.well-known/oauth-protected-resource/v1` (RFC 9728 §3.1).
    public let metadataURL: String
    let path: String
    let document: [UInt8]

    /// The name under which every API's document begins.
    static let wellKnown = "/.well-known/oauth-protected-resource"

    /// - Parameters:
    ///   - identifier: the https URL that is the `audience` of the verifier; http on this machine alone.
    ///   - issuer: who gives the tokens.
    ///   - scopes: those of the API, as far as they are not a secret.
    ///   - name: what people call the API.
    ///   - documentation: the URL of a page for its developers.
    public init(
        _ identifier: String, issuer: String, scopes: [String] = [], name: String? = nil, documentation: String? = nil
    ) throws(InvalidIdentifier) {
        guard let url = PlainURL(identifier) else { throw InvalidIdentifier(identifier: identifier) }
        self.identifier = identifier
        path = Self.wellKnown + (url.path == "/" ? "" : url.path)
        metadataURL = url.origin + path
        var json = JSONWriter()
        json.beginObject()
        json.member("resource", identifier)
        json.member("authorization_servers", [issuer])
        if !scopes.isEmpty { json.member("scopes_supported", scopes) }
        json.member("bearer_methods_supported", ["header"])
        if let name { json.member("resource_name", name) }
        if let documentation { json.member("resource_documentation", documentation) }
        json.endObject()
        document = json.bytes
    }
}

extension RouterMethods {
    /// Serves what an API says of itself, to anyone. Add it to the router itself: its path is fixed.
    @discardableResult
    public func protectedResource(_ resource: ProtectedResource) -> Self {
        let body = ByteBuffer(bytes: resource.document)
        let headers: HTTPFields = [
            .contentType: "application/json", .cacheControl: "public, max-age=300",
            .accessControlAllowOrigin: "*",
        ]
        return get(RouterPath(resource.path)) { _, _ in
            Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        }
    }
}
