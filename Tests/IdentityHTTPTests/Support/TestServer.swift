import Database
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Identity
import JOSE
import NIOCore
import Prometheus
import Testing

@testable import IdentityHTTP

/// A running server, as clients meet it, and the doors behind it for what only an operator does.
struct TestServer: Sendable {
    let site: TestSite
    let issuer: String
    let provider: IdentityProvider
    let database: Database
    let endpoints: IdentityEndpoints
    let metrics: Registry
    let client: any TestClientProtocol

    var now: Instant { site.clock.now() }

    /// Sends a request as it stands.
    func send(
        _ method: HTTPRequest.Method, _ uri: String, headers: HTTPFields = [:], body: [UInt8]? = nil
    ) async throws -> Answer {
        let response = try await client.executeRequest(
            uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(bytes: $0) })
        return Answer(response)
    }

    func get(_ uri: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.get, uri, headers: headers)
    }

    /// Sends a JSON object whose members are all strings.
    func post(
        _ uri: String, json members: KeyValuePairs<String, String>, headers: HTTPFields = [:]
    ) async throws -> Answer {
        let object = JSONObject(members.map { (name: $0.key, value: .string($0.value)) })
        return try await send(.post, uri, jsonText: JSONValue.object(object).serialized(), headers: headers)
    }

    /// Sends JSON of any shape, also none at all.
    func post(_ uri: String, jsonText: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.post, uri, jsonText: Array(jsonText.utf8), headers: headers)
    }

    private func send(
        _ method: HTTPRequest.Method, _ uri: String, jsonText: [UInt8], headers: HTTPFields
    ) async throws -> Answer {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await send(method, uri, headers: headers, body: jsonText)
    }

    /// Sends a form.
    func post(
        _ uri: String, form: KeyValuePairs<String, String>, headers: HTTPFields = [:]
    ) async throws -> Answer {
        try await post(
            uri, formText: form.map { "\(formEncoded($0.key))=\(formEncoded($0.value))" }.joined(separator: "&"),
            headers: headers)
    }

    /// Sends a form that is written already.
    func post(_ uri: String, formText: String, headers: HTTPFields = [:]) async throws -> Answer {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "application/x-www-form-urlencoded" }
        return try await send(.post, uri, headers: headers, body: Array(formText.utf8))
    }

    /// What an access token says of its login at `/api/v1/auth/me`.
    func me(_ accessToken: String) async throws -> Answer {
        try await get("/api/v1/auth/me", headers: .bearer(accessToken))
    }
}

/// What the server answered.
struct Answer: Sendable {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let body: [UInt8]

    init(_ response: TestResponse) {
        status = response.status
        headers = response.headers
        body = Array(response.body.readableBytesView)
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    var json: JSONObject {
        get throws { try #require(try JSONValue.parse(body).object, "the body is no JSON object: \(text)") }
    }

    /// A string of the object in the body.
    func string(_ name: String) throws -> String {
        try #require(try json[name]?.string, "no string \(name) in \(text)")
    }

    /// The error code, in whichever of the two dialects.
    var error: String? {
        guard let value = try? json["error"] else { return nil }
        return value.string ?? value.object?["code"]?.string
    }

    /// The words for people, in whichever of the two dialects.
    var message: String? {
        guard let json = try? json else { return nil }
        return json["error_description"]?.string ?? json["error"]?.object?["message"]?.string
    }

    /// The names of all header fields, sorted, and how often each is there.
    var headerNames: [String] { headers.map(\.name.canonicalName).sorted() }
}

extension HTTPFields {
    static func bearer(_ token: String) -> HTTPFields {
        [.authorization: "Bearer \(token)"]
    }

    /// `Authorization: Basic`, RFC 6749 §2.3.1.
    static func basic(_ identifier: String, _ secret: String) -> HTTPFields {
        let pair = Array("\(formEncoded(identifier)):\(formEncoded(secret))".utf8)
        let url = Base64URL.encode(pair)
        let plain = String(url.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        return [.authorization: "Basic " + plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)]
    }
}

/// Everything but letters and digits escaped.
func formEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    return text.utf8.map { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            String(UnicodeScalar(byte))
        default: "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        }
    }.joined()
}
