package import JOSE

/// Shows a server that a question comes from someone who holds its master key: the time, and a code over it. Good for
/// five minutes, for asking what the server saw of the question and nothing else.
package enum DoctorTicket {
    private static let lifetime = Duration.seconds(300)

    package static func make(_ keys: PurposeKeys, at now: Instant) -> String {
        let seconds = String(now.seconds)
        return seconds + "." + Base64URL.encode(keys.doctor.code(for: Array(seconds.utf8)))
    }

    package static func isValid(_ ticket: String, _ keys: PurposeKeys, at now: Instant) -> Bool {
        let halves = ticket.split(separator: ".", omittingEmptySubsequences: false)
        guard ticket.utf8.count <= 100, halves.count == 2, let code = Base64URL.decode(String(halves[1])),
            keys.doctor.isValid(code, for: Array(halves[0].utf8)), let seconds = Int64(halves[0])
        else { return false }
        let age = now - Instant(seconds: seconds)
        return Duration.zero - lifetime <= age && age <= lifetime
    }
}
