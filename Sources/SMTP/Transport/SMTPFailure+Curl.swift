import CCurl

extension SMTPFailure {
    /// What went wrong, from what libcurl answers and what the server said last.
    ///
    /// - Parameters:
    ///   - words: how libcurl puts it.
    ///   - replyCount: how many replies came from the server; the first is its greeting.
    ///   - refusal: the latest of them, if it was one.
    init(_ code: CURLcode, words: String, replyCount: Int, refusal: Reply?) {
        switch (code, refusal) {
        case (CURLE_OPERATION_TIMEDOUT, _):
            self = .timedOut
        case (CURLE_USE_SSL_FAILED, _), (CURLE_SSL_CONNECT_ERROR, _), (CURLE_PEER_FAILED_VERIFICATION, _),
            (CURLE_SSL_CACERT_BADFILE, _), (CURLE_SSL_CERTPROBLEM, _), (CURLE_SSL_CIPHER, _),
            (CURLE_SSL_ENGINE_INITFAILED, _), (CURLE_SSL_ISSUER_ERROR, _):
            self = .insecure(words)
        case (CURLE_LOGIN_DENIED, _):
            self = .turnedAway(refusal ?? Reply(code: 535, words: words))
        // libcurl says SEND_ERROR of a refused sender, recipient or DATA, and WEIRD of a refused message; also of a
        // refused greeting, which is no word about the message.
        case (CURLE_SEND_ERROR, let refusal?) where !refusal.isAboutLogin,
            (CURLE_WEIRD_SERVER_REPLY, let refusal?) where !refusal.isAboutLogin && replyCount > 1:
            self = .refused(refusal)
        case (_, let refusal?):
            self = .turnedAway(refusal)
        default:
            self = .unreachable(words)
        }
    }
}

extension SMTPFailure.Reply {
    /// RFC 4954 §6: a server that wants a login says so to MAIL or RCPT.
    fileprivate var isAboutLogin: Bool { [530, 534, 535, 538].contains(code) }
}
