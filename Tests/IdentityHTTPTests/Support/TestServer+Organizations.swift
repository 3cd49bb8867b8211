import HTTPTypes
import Identity
import JOSE
import Testing

extension HTTPFields {
    /// A bearer token and an `Idempotency-Key`.
    static func bearer(_ token: String, key: String) -> HTTPFields {
        var headers = bearer(token)
        headers[.init("Idempotency-Key") ?? .date] = key
        return headers
    }
}

extension TestServer {
    /// Sends any method with a bearer token and JSON.
    func call(
        _ method: HTTPRequest.Method, _ path: String, _ json: String? = nil, by login: Tokens, key: String? = nil
    ) async throws -> Answer {
        var headers = key.map { HTTPFields.bearer(login.access, key: $0) } ?? .bearer(login.access)
        if json != nil { headers[.contentType] = "application/json" }
        return try await send(method, path, headers: headers, body: json.map { Array($0.utf8) })
    }

    /// Sends any method with any bearer token and JSON.
    func call(
        _ method: HTTPRequest.Method, _ path: String, _ json: String?, bearer: String
    ) async throws -> Answer {
        var headers = HTTPFields.bearer(bearer)
        if json != nil { headers[.contentType] = "application/json" }
        return try await send(method, path, headers: headers, body: json.map { Array($0.utf8) })
    }

    /// The path of a login's own organization.
    func path(of login: Tokens) throws -> String { "/api/v1/organizations/\(try login.organization)" }

    /// Invites an address and reads the token of the mail.
    func invitation(_ email: String, as role: String = "member", by login: Tokens) async throws -> String {
        let answer = try await call(
            .post, try path(of: login) + "/invitations", #"{"email":"\#(email)","role":"\#(role)"}"#, by: login)
        try #require(answer.status == .created, "\(answer.text)")
        return try await mail(to: email).token
    }
}
