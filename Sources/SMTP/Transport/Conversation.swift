import JOSE

/// What the server has said so far, but for its farewell: libcurl takes leave before it says what went wrong. Kept to
/// explain a failure, and therefore short.
struct Conversation {
    /// Complete replies, of one or of many lines.
    private(set) var replyCount = 0
    /// The latest complete reply.
    private(set) var last: SMTPFailure.Reply?
    private var unfinished: [String] = []

    /// RFC 5321 §4.2.3: the answer to QUIT.
    private static let farewell = 221
    /// Octets of one reply that are kept.
    static let maximumLength = 500

    /// Takes one line: `250-more to come` or `250 that is all` (RFC 5321 §4.2.1).
    mutating func hear(_ line: some Sequence<UInt8>) {
        let bytes = Array(line)
        guard let code = Int(String(decoding: bytes.prefix(3), as: UTF8.self)), (200...599).contains(code) else {
            return
        }
        let words = bytes.dropFirst(4).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: " ") }
        if unfinished.joined().utf8.count < Self.maximumLength {
            unfinished.append(String(decoding: words.prefix(Self.maximumLength), as: UTF8.self).trimmed)
        }
        guard bytes.count < 4 || bytes[3] != UInt8(ascii: "-") else { return }
        defer { unfinished = [] }
        guard code != Self.farewell else { return }
        last = SMTPFailure.Reply(code: code, words: unfinished.joined(separator: " "))
        replyCount += 1
    }

    /// The latest reply, if it was a refusal, without the password in any form in which it was sent.
    func refusal(hiding password: Secret?, of user: String?) -> SMTPFailure.Reply? {
        guard let last, last.code >= 400 else { return nil }
        let isSafe = Self.forms(of: password, user: user).allSatisfy { !last.words.contains($0) }
        return isSafe ? last : SMTPFailure.Reply(code: last.code, words: "<redacted>")
    }

    /// As it is, and as AUTH LOGIN and AUTH PLAIN (RFC 4616) send it.
    private static func forms(of password: Secret?, user: String?) -> [String] {
        guard let bytes = password?.withBytes({ Array($0) }), !bytes.isEmpty else { return [] }
        let plain = [0] + Array((user ?? "").utf8) + [0] + bytes
        return [String(decoding: bytes, as: UTF8.self)]
            + [bytes, plain].map { form in
                Base64URL.encode(form).replacing("-", with: "+").replacing("_", with: "/")
            }
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...].drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
