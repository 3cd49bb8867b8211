import CCurl
import Dispatch
package import JOSE

/// Hands messages to one mail server, one connection each.
package struct SMTPTransport: Sendable {
    package struct Settings: Sendable {
        package var server: MailServer
        /// Goes with the user of the server's URL. libcurl keeps a copy of its own while it sends.
        package var password: Secret?
        /// How this machine names itself to the server (EHLO); nil for its host name.
        package var clientName: String?
        /// A PEM file of the authorities to believe instead of those of the system. Certificates are always verified.
        package var authorities: String?
        /// For name resolution, TCP and TLS together.
        package var connectTimeout = Duration.seconds(10)
        /// For everything from the first packet to the server's last word.
        package var timeout = Duration.seconds(30)

        package init(
            server: MailServer, password: Secret? = nil, clientName: String? = nil, authorities: String? = nil
        ) {
            self.server = server
            self.password = password
            self.clientName = clientName
            self.authorities = authorities
        }
    }

    package let settings: Settings
    /// libcurl blocks, which a thread of Swift's cooperative pool must not.
    private let threads = DispatchQueue(label: "smtp", attributes: .concurrent)

    package init(_ settings: Settings) {
        self.settings = settings
    }

    /// Connects, goes over to TLS and logs in, as a message would make it do, and sends none.
    package func check() async throws(SMTPFailure) {
        try await onThread { settings throws(SMTPFailure) in
            let transfer = try CurlTransfer(sending: [])
            try transfer.connect(by: settings)
            try transfer.onlyConnect()
            try transfer.perform(hiding: settings.password, of: settings.server.user)
        }
    }

    /// Sends one message and returns when the server has taken it.
    ///
    /// A message that was begun is sent to its end, whether or not the task is cancelled: to break off would leave it
    /// open whether the server has it.
    package func send(_ message: Message) async throws(SMTPFailure) {
        try await onThread { settings throws(SMTPFailure) in try settings.transfer(message) }
    }

    private func onThread(
        _ work: @escaping @Sendable (Settings) throws(SMTPFailure) -> Void
    ) async throws(SMTPFailure) {
        let result: Result<Void, SMTPFailure> = await withCheckedContinuation { continuation in
            threads.async { [settings] in
                let held = ccurl_hold_sigpipe()
                defer { ccurl_release_sigpipe(held) }
                continuation.resume(returning: Result { () throws(SMTPFailure) in try work(settings) })
            }
        }
        try result.get()
    }
}

extension SMTPTransport.Settings {
    /// Sends one message and blocks the thread until the server has taken it.
    fileprivate func transfer(_ message: Message) throws(SMTPFailure) {
        let transfer = try CurlTransfer(sending: message.encoded)
        try transfer.connect(by: self)
        try transfer.address(from: message.sender.address, to: message.recipient.address)
        try transfer.perform(hiding: password, of: server.user)
    }
}
