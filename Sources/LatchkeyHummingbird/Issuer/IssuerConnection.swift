import AsyncHTTPClient
import LatchkeyVerifier
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Requests to one issuer. Ends its client when the last who has it is gone.
final class IssuerConnection: Sendable {
    /// The issuer answered, and not with what was asked for.
    struct UnexpectedStatus: Error, CustomStringConvertible {
        let path: String
        let status: UInt

        var description: String { "The issuer answered \(path) with HTTP status \(status)." }
    }

    /// The issuer took too long.
    struct TimedOut: Error, CustomStringConvertible {
        let path: String

        var description: String { "The issuer did not answer \(path) in time." }
    }

    /// The longest answer: a hundred tokens of 64 KiB each.
    private static let maximumAnswer = 100 * 65_536

    private let base: String
    private let timeout: Duration
    private let http: HTTPClient
    private let logger = Logger(label: "latchkey.issuer")
    /// When a failure was logged last.
    private let complainedAt = Mutex<ContinuousClock.Instant?>(nil)

    init(base: String, timeout: Duration, _ configuration: HTTPClient.Configuration) {
        self.base = base
        self.timeout = timeout
        var configuration = configuration
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = TimeAmount(timeout)
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // The client must be ended before it goes, and nothing can be waited for here.
        let http = http
        Task.detached { try? await http.shutdown() }
    }

    /// - Parameter wait: for how long the answer may be held, besides the timeout.
    func get(_ path: String, holding wait: Duration = .zero) async throws -> (body: [UInt8], headers: HTTPHeaders) {
        var request = HTTPClientRequest(url: base + path)
        request.headers = ["User-Agent": "latchkey-hummingbird", "Accept": "application/json"]
        return try await answer(to: request, path, within: timeout + wait)
    }

    func post(
        _ path: String, _ type: String, _ body: [UInt8], _ credentials: LatchkeyIssuer.Credentials
    ) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: base + path)
        request.method = .POST
        request.headers = ["User-Agent": "latchkey-hummingbird", "Accept": "application/json", "Content-Type": type]
        request.setBasicAuth(username: credentials.id, password: credentials.text)
        request.body = .bytes(body)
        do {
            return try await answer(to: request, path, within: timeout).body
        } catch {
            complain(path, error)
            throw error
        }
    }

    /// Callers are told 503 and no more. Whoever runs the API must be able to find out that its secret is wrong, say; once
    /// in ten seconds is enough.
    private func complain(_ path: String, _ error: any Error) {
        let isDue = complainedAt.withLock { complainedAt in
            if let last = complainedAt, last.duration(to: .now) < .seconds(10) { return false }
            complainedAt = .now
            return true
        }
        guard isDue else { return }
        logger.warning("The issuer cannot be asked", metadata: ["path": "\(path)", "cause": "\(error)"])
    }

    /// The client's own deadline ends with the head of an answer; this one holds for all of it.
    private func answer(
        to request: HTTPClientRequest, _ path: String, within limit: Duration
    ) async throws -> (body: [UInt8], headers: HTTPHeaders) {
        try await withThrowingTaskGroup(of: (body: [UInt8], headers: HTTPHeaders).self) { group in
            group.addTask { [http] in
                let response = try await http.execute(request, timeout: TimeAmount(limit))
                guard response.status == .ok else {
                    throw UnexpectedStatus(path: path, status: response.status.code)
                }
                let body = try await response.body.collect(upTo: Self.maximumAnswer)
                return (body: Array(buffer: body), headers: response.headers)
            }
            group.addTask {
                try await Task.sleep(for: limit)
                throw TimedOut(path: path)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw TimedOut(path: path) }
            return first
        }
    }
}
