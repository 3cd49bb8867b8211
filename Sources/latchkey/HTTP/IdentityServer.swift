import AsyncHTTPClient
import JOSE
import NIOCore
import NIOHTTP1
import NIOSSL

/// An identity provider as its clients see it: JSON calls under one issuer, each bounded in time and size.
struct IdentityServer: Sendable {
    let issuer: Issuer
    /// Whom it was told to believe, beside the system's.
    let authorities: Authorities?
    private let http: HTTPClient

    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// For connecting, and for the whole of one call.
    static let timeout = Duration.seconds(10)
    private static let maximumAnswer = 1 << 20

    /// Redirects are not followed: a token goes to the issuer it belongs to and nowhere else.
    static func connected<Result>(
        to issuer: Issuer, believing authorities: Authorities? = nil, _ body: (IdentityServer) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout = HTTPClient.Configuration.Timeout(
            connect: TimeAmount(timeout), read: TimeAmount(timeout))
        if let authorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.additionalTrustRoots = [.certificates(authorities.certificates)]
            configuration.tlsConfiguration = tls
        }
        return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
            try await body(IdentityServer(issuer: issuer, authorities: authorities, http: http))
        }
    }

    /// One call; what the server refuses comes back as an answer.
    /// - Throws: `CommandFailure` when the server is out of reach or answers as no Latchkey does.
    func call(
        _ method: Method, _ path: String, _ body: JSONObject? = nil, bearer: String? = nil,
        idempotencyKey: String? = nil
    ) async throws -> ServerAnswer {
        var headers = HTTPHeaders([("User-Agent", UserAgent.description), ("Accept", "application/json")])
        if let bearer { headers.add(name: "Authorization", value: "Bearer \(bearer)") }
        if let idempotencyKey { headers.add(name: "Idempotency-Key", value: idempotencyKey) }
        var request = HTTPClientRequest(url: issuer.description + path)
        request.method = HTTPMethod(rawValue: method.rawValue)
        if let body {
            headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(JSONValue.object(body).serialized())
        }
        request.headers = headers
        return try answer(await send(request))
    }

    /// A public document, such as the key set.
    func document(_ path: String) async throws -> (status: Int, cacheControl: String?, bytes: [UInt8]) {
        var request = HTTPClientRequest(url: issuer.description + path)
        request.headers = ["User-Agent": UserAgent.description, "Accept": "application/json"]
        let answer = try await send(request)
        return (answer.status, answer.headers.first(name: "Cache-Control"), answer.bytes)
    }

    /// What is there, whatever its status, with its header fields.
    func look(
        _ path: String, _ fields: [(String, String)] = []
    ) async throws -> (status: Int, headers: HTTPHeaders, bytes: [UInt8]) {
        var request = HTTPClientRequest(url: issuer.description + path)
        request.headers = HTTPHeaders([("User-Agent", UserAgent.description)] + fields)
        return try await send(request)
    }

    /// A long answer, passed on as it comes, for as long as the sink takes it. What the server refuses comes back as an
    /// answer, and nothing of it is passed on.
    func stream(
        _ path: String, bearer: String, to sink: ([UInt8]) -> Bool
    ) async throws -> ServerAnswer {
        var request = HTTPClientRequest(url: issuer.description + path)
        request.headers = ["User-Agent": UserAgent.description, "Authorization": "Bearer \(bearer)"]
        do {
            // The time between two pieces is limited, not that of the whole.
            let response = try await http.execute(request, timeout: .hours(24))
            guard response.status == .ok else {
                let body = try await response.body.collect(upTo: Self.maximumAnswer)
                return try answer((Int(response.status.code), response.headers, Array(body.readableBytesView)))
            }
            for try await piece in response.body {
                guard sink(Array(piece.readableBytesView)) else { break }
            }
            return ServerAnswer(status: 200, body: JSONObject(), retryAfter: nil)
        } catch let failure as CommandFailure {
            throw failure
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw CommandFailure.outOfReach(issuer, reason: error)
        }
    }

    /// A form of OAuth's (RFC 6749, appendix B). An answer without a body, which RFC 7009 allows, is one.
    func submit(_ path: String, _ form: [(name: String, value: String)]) async throws -> ServerAnswer {
        var request = HTTPClientRequest(url: issuer.description + path)
        request.method = .POST
        request.headers = [
            "User-Agent": UserAgent.description, "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        ]
        let fields = form.map { "\($0.name)=\($0.value.formEncoded)" }
        request.body = .bytes(Array(fields.joined(separator: "&").utf8))
        let raw = try await send(request)
        guard raw.status == 200, raw.bytes.isEmpty else { return try answer(raw) }
        return ServerAnswer(status: 200, body: JSONObject(), retryAfter: nil)
    }

    private func send(
        _ request: HTTPClientRequest
    ) async throws -> (status: Int, headers: HTTPHeaders, bytes: [UInt8]) {
        do {
            let response = try await http.execute(request, timeout: TimeAmount(Self.timeout))
            let body = try await response.body.collect(upTo: Self.maximumAnswer)
            return (Int(response.status.code), response.headers, Array(body.readableBytesView))
        } catch is CancellationError {
            throw CancellationError()
        } catch is NIOTooManyBytesError {
            throw CommandFailure.notLatchkey(issuer, "an answer of more than 1 MiB")
        } catch {
            throw CommandFailure.outOfReach(issuer, reason: error)
        }
    }

    private func answer(_ raw: (status: Int, headers: HTTPHeaders, bytes: [UInt8])) throws -> ServerAnswer {
        let retryAfter = raw.headers.first(name: "Retry-After").flatMap { UInt16($0) }.map(Int.init)
        guard raw.status < 500 else {
            throw CommandFailure.unavailable(issuer, status: raw.status, retryAfter: retryAfter)
        }
        if raw.status == 204 { return ServerAnswer(status: 204, body: JSONObject(), retryAfter: nil) }
        guard (200..<300).contains(raw.status) || raw.status >= 400, let json = try? JSONValue.parse(raw.bytes),
            case .object(let body) = json
        else { throw CommandFailure.notLatchkey(issuer, "HTTP status \(raw.status) without the JSON that is due") }
        return ServerAnswer(status: raw.status, body: body, retryAfter: retryAfter)
    }
}

extension String {
    /// As a value in a form: unreserved characters (RFC 3986 §2.3) as they are, each other byte as `%` and two digits.
    fileprivate var formEncoded: String {
        utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789-._~".unicodeScalars.contains(scalar))
            return isPlain ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
