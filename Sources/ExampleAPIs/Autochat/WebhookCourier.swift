import AsyncHTTPClient
import Foundation
import LatchkeyHummingbird
import NIOCore
import NIOHTTP1

/// Takes messages to webhooks, over a connection of its own each. No redirect is followed, for it would lead to a place
/// that nobody has looked at, and nothing of an answer is read but its status.
struct WebhookCourier: Sendable {
    static let timeout = TimeAmount.seconds(10)

    let reach: WebhookReach

    /// What came of it.
    enum Outcome: Hashable, Sendable {
        case answered(status: Int)
        case failed(cause: String)
        /// Nothing was sent.
        case outOfReach
    }

    func deliver(_ message: WebhookMessage) async -> Outcome {
        let url = message.url
        guard let address = try? await WebhookReach.resolve(url.host, port: url.port) else {
            return .failed(cause: "The name \(url.host) has no address.")
        }
        guard reach.includes(address) else { return .outOfReach }
        do {
            let status = try await HTTPClient.withHTTPClient(configuration: configuration(for: url, at: address)) {
                try await $0.execute(request(message), timeout: Self.timeout).status
            }
            return .answered(status: Int(status.code))
        } catch let error as HTTPClientError where [.deadlineExceeded, .connectTimeout, .readTimeout].contains(error) {
            return .failed(cause: "There was no answer within \(Self.timeout.nanoseconds / 1_000_000_000) seconds.")
        } catch {
            return .failed(
                cause: "No connection, or none that can be trusted: is the server up, its certificate valid?")
        }
    }

    private func request(_ message: WebhookMessage) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: message.url.text)
        request.method = .POST
        request.headers = HTTPHeaders(message.headers)
        request.body = .bytes(Array(message.body.utf8))
        return request
    }

    /// The host is not asked for again; its certificate must still be that of its name. Where everything may be reached
    /// nothing is to be held to, and `localhost` has two addresses.
    private func configuration(for url: WebhookURL, at address: String) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        if reach == .publicInternet, address != url.host { configuration.dnsOverride = [url.host: address] }
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout = .init(connect: .seconds(5), read: Self.timeout)
        return configuration
    }
}
