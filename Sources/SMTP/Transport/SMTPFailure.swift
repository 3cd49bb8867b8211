/// Why a message was not taken. None of these ever holds the password, whatever the server says.
package enum SMTPFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// No connection, or one that broke: the words of libcurl.
    case unreachable(String)
    /// It took longer than the settings allow. The server may have taken the message all the same.
    case timedOut
    /// No TLS, or not with the server that was asked for: the words of libcurl.
    case insecure(String)
    /// The server does not talk to us: not now, or not with this user and password (RFC 4954 §6).
    case turnedAway(Reply)
    /// The server does not take this message: not now when the code is 4xx, never when it is 5xx.
    case refused(Reply)

    /// RFC 5321 §4.2
    package struct Reply: Hashable, Sendable {
        package let code: Int
        /// What the server said, on one line.
        package let words: String
    }

    /// Whether the same message will be refused again. Only the server's final word on the message itself is: what is
    /// wrong with the network, the certificate or the password can be put right while the message waits.
    package var isPermanent: Bool {
        if case .refused(let reply) = self { reply.code >= 500 } else { false }
    }

    package var description: String {
        switch self {
        case .unreachable(let words): "The mail server cannot be reached: \(words)"
        case .timedOut: "The mail server took too long."
        case .insecure(let words): "There is no safe connection to the mail server: \(words)"
        case .turnedAway(let reply): "The mail server turns us away: \(reply.code) \(reply.words)"
        case .refused(let reply): "The mail server refuses the message: \(reply.code) \(reply.words)"
        }
    }
}
