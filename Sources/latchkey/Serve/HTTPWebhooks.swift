import AsyncHTTPClient
import Identity
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Takes messages to their endpoints, over HTTPS.
///
/// A name is resolved once, every address that comes back must be one of the public internet, and the connection is
/// made to the very address that was looked at: the name is not asked again, so it cannot answer otherwise. Its
/// certificate must be that of the name. Redirects are not followed, for each would be another address to look at.
struct HTTPWebhooks: WebhookTransport {
    typealias Resolution = @Sendable (String) async -> Result<[String], Resolver.Failure>

    /// In development mode, and only there.
    let allowsLoopback: Bool
    /// A PEM file of authorities to believe beside the system's.
    var authorities: String?
    var resolve: Resolution = { await Resolver.addresses(of: $0) }

    /// For connecting; and for the whole of one attempt, its answer included.
    static let connectTimeout = TimeAmount.seconds(5)
    static let timeout = Duration.seconds(15)
    /// Bytes of an answer that are read. The rest is left unread, and the connection closed.
    static let maximumAnswer = 1_024
    /// So many addresses of a name are tried.
    static let maximumAddresses = 3

    func post(_ message: WebhookMessage) async -> WebhookAnswer {
        await withTaskGroup(of: WebhookAnswer.self) { group in
            group.addTask { await exchange(message) }
            group.addTask {
                try? await Task.sleep(for: Self.timeout)
                return .failed(cause: "No answer within \(Self.timeout.components.seconds) seconds.")
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failed(cause: "It was not tried.")
        }
    }

    private func exchange(_ message: WebhookMessage) async -> WebhookAnswer {
        let host = message.url.host
        let found: [String]
        switch await addresses(of: host) {
        case .success(let addresses): found = addresses
        case .failure(let failure): return .failed(cause: "\(host) has no address: \(failure.reason).")
        }
        for address in found {
            if let refusal = WebhookAddress.refusal(of: address, allowsLoopback: allowsLoopback) {
                return .failed(
                    cause: "\(host) leads to an address that is not of the public internet (\(refusal.rawValue)). "
                        + "Nothing was sent.")
            }
        }
        if !message.url.isSecure,
            found.contains(where: { WebhookAddress.refusal(of: $0, allowsLoopback: false) != .loopback })
        {
            return .failed(cause: "http is for this machine alone. Nothing was sent.")
        }
        return await send(message, toFirstOf: found.prefix(Self.maximumAddresses))
    }

    /// To the first address that somebody listens at.
    private func send(_ message: WebhookMessage, toFirstOf addresses: ArraySlice<String>) async -> WebhookAnswer {
        var answer = WebhookAnswer.failed(cause: "\(message.url.host) has no address.")
        for address in addresses {
            do {
                return try await send(message, to: address)
            } catch {
                answer = .failed(cause: Self.cause(of: error))
                guard Self.isOfConnecting(error) else { break }
            }
        }
        return answer
    }

    /// Whether nothing has been sent yet.
    private static func isOfConnecting(_ error: any Error) -> Bool {
        switch error {
        case is NIOConnectionError: true
        case let error as HTTPClientError: error == .connectTimeout
        case let error as IOError: [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode)
        default: false
        }
    }

    private func addresses(of host: String) async -> Result<[String], Resolver.Failure> {
        IPAddress(host) == nil ? await resolve(host) : .success([host])
    }

    /// One request on a connection of its own.
    private func send(_ message: WebhookMessage, to address: String) async throws -> WebhookAnswer {
        var request = HTTPClientRequest(url: message.url.text)
        request.method = .POST
        request.headers = HTTPHeaders([("User-Agent", "Latchkey-Webhooks/\(Latchkey.version)")] + message.headers)
        request.body = .bytes(message.body)
        return try await HTTPClient.withHTTPClient(configuration: configuration(for: message.url, at: address)) {
            http in
            let response = try await http.execute(request, timeout: TimeAmount(Self.timeout))
            var body: [UInt8] = []
            for try await piece in response.body {
                body += piece.readableBytesView.prefix(Self.maximumAnswer - body.count)
                if body.count >= Self.maximumAnswer { break }
            }
            return .answered(status: Int(response.status.code), body: String(decoding: body, as: UTF8.self).printable)
        }
    }

    private func configuration(for url: WebhookURL, at address: String) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        if address != url.host { configuration.dnsOverride = [url.host: address] }
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout = HTTPClient.Configuration.Timeout(
            connect: Self.connectTimeout, read: TimeAmount(Self.timeout))
        if let authorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.additionalTrustRoots = [.file(authorities)]
            configuration.tlsConfiguration = tls
        }
        return configuration
    }

    /// In words that tell nothing of our own network.
    private static func cause(of error: any Error) -> String {
        switch error {
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            "TLS failed: is its certificate valid for the name?"
        default: "No answer: \(CommandFailure.plain(error))."
        }
    }
}
