import CCurl
import JOSE

/// One message on its way through libcurl: made, told where to, performed, and gone, all on one thread.
final class CurlTransfer {
    private let curl: UnsafeMutableRawPointer
    private let exchange: Exchange
    private let complaint: UnsafeMutableBufferPointer<CChar>
    private var recipients: UnsafeMutablePointer<curl_slist>?

    /// What the callbacks of libcurl read from and write to.
    private final class Exchange {
        var unsent: ArraySlice<UInt8>
        var conversation = Conversation()

        init(_ bytes: [UInt8]) {
            unsent = bytes[...]
        }
    }

    /// Once a process, before the first use; libcurl allows it beside other threads since 7.84.
    private static let isReady = ccurl_global_init() == CURLE_OK

    init(sending bytes: [UInt8]) throws(SMTPFailure) {
        guard Self.isReady, let curl = curl_easy_init() else { throw .unreachable("libcurl cannot be used") }
        self.curl = curl
        exchange = Exchange(bytes)
        complaint = .allocate(capacity: Int(CURL_ERROR_SIZE))
        complaint.initialize(repeating: 0)
        try connectCallbacks(count: bytes.count)
    }

    deinit {
        curl_easy_cleanup(curl)
        curl_slist_free_all(recipients)
        complaint.deallocate()
    }

    private func connectCallbacks(count: Int) throws(SMTPFailure) {
        let context = Unmanaged.passUnretained(exchange).toOpaque()
        try check(ccurl_set_pointer(curl, CURLOPT_ERRORBUFFER, complaint.baseAddress))
        try set(CURLOPT_UPLOAD, 1)
        try check(ccurl_set_offset(curl, CURLOPT_INFILESIZE_LARGE, curl_off_t(count)))
        try check(ccurl_set_pointer(curl, CURLOPT_READDATA, context))
        try check(
            ccurl_set_function(curl, CURLOPT_READFUNCTION) { buffer, size, count, context in
                guard let buffer, let context else { return 0 }
                let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
                let chunk = exchange.unsent.prefix(size * count)
                UnsafeMutableRawPointer(buffer).copyMemory(from: Array(chunk), byteCount: chunk.count)
                exchange.unsent = exchange.unsent.dropFirst(chunk.count)
                return chunk.count
            })
        // libcurl hands over every line the server says as if it were a header.
        try check(ccurl_set_pointer(curl, CURLOPT_HEADERDATA, context))
        try check(
            ccurl_set_function(curl, CURLOPT_HEADERFUNCTION) { buffer, size, count, context in
                guard let buffer, let context else { return 0 }
                let line = UnsafeRawBufferPointer(start: buffer, count: size * count)
                Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue().conversation.hear(line)
                return size * count
            })
        // Nothing else is to be written anywhere, least of all to the standard output.
        try check(ccurl_set_function(curl, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count })
    }

    /// Where to, as whom, and within which bounds.
    func connect(by settings: SMTPTransport.Settings) throws(SMTPFailure) {
        let server = settings.server
        try set(CURLOPT_URL, server.description + "/" + (settings.clientName ?? ""))
        try set(CURLOPT_PROTOCOLS_STR, server.scheme.rawValue)
        try set(CURLOPT_NOPROXY, "*")
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeout.milliseconds)
        try set(CURLOPT_TIMEOUT_MS, settings.timeout.milliseconds)
        try set(CURLOPT_USE_SSL, settings.encryption)
        try set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        if let authorities = settings.authorities { try set(CURLOPT_CAINFO, authorities) }
        guard let user = server.user else { return }
        try set(CURLOPT_USERNAME, user)
        if let password = settings.password {
            let text = password.withBytes { Array($0) + [0] }
            try check(
                text.withUnsafeBytes {
                    ccurl_set_text(curl, CURLOPT_PASSWORD, $0.baseAddress?.assumingMemoryBound(to: CChar.self))
                })
        }
    }

    /// To end once it is connected and logged in.
    func onlyConnect() throws(SMTPFailure) {
        try set(CURLOPT_UPLOAD, 0)
        try set(CURLOPT_CONNECT_ONLY, 1)
    }

    /// The envelope (RFC 5321 §4.1.1.2 and .3).
    func address(from sender: String, to recipient: String) throws(SMTPFailure) {
        try set(CURLOPT_MAIL_FROM, "<\(sender)>")
        guard let list = curl_slist_append(nil, "<\(recipient)>") else { throw .unreachable("out of memory") }
        recipients = list
        try check(ccurl_set_list(curl, CURLOPT_MAIL_RCPT, list))
    }

    /// Blocks until the server has taken the message.
    func perform(hiding password: Secret?, of user: String?) throws(SMTPFailure) {
        let code = curl_easy_perform(curl)
        guard code != CURLE_OK else { return }
        throw SMTPFailure(
            code, words: words(for: code), replyCount: exchange.conversation.replyCount,
            refusal: exchange.conversation.refusal(hiding: password, of: user))
    }

    private func words(for code: CURLcode) -> String {
        let special = String(decoding: complaint.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return special.isEmpty ? String(cString: curl_easy_strerror(code)) : special
    }

    private func set(_ option: CURLoption, _ value: Int) throws(SMTPFailure) {
        try check(ccurl_set_long(curl, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(SMTPFailure) {
        try check(ccurl_set_text(curl, option, value))
    }

    private func check(_ code: CURLcode) throws(SMTPFailure) {
        guard code == CURLE_OK else { throw .unreachable("libcurl: \(words(for: code))") }
    }
}

extension SMTPTransport.Settings {
    /// In the clear to this machine alone: nobody is between. A login tells that it is no mere relay, so TLS is used
    /// there too when it is offered.
    fileprivate var encryption: Int {
        let level =
            switch (server.isLoopback, server.user) {
            case (false, _): CURLUSESSL_ALL
            case (true, .some): CURLUSESSL_TRY
            case (true, nil): CURLUSESSL_NONE
            }
        return Int(level.rawValue)
    }
}

extension Duration {
    fileprivate var milliseconds: Int { Int(clamping: components.seconds) * 1_000 }
}
