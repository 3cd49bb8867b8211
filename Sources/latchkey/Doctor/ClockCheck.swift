import Identity
import JOSE
import LatchkeyVerifier
import NIOHTTP1

/// This machine's clock agrees with others: tokens and links live by it.
struct ClockCheck: Check {
    let name = "clock"

    /// Verifiers tolerate a minute.
    private static let tolerance = Duration.seconds(60)
    private static let notable = Duration.seconds(5)
    private static let fix = "Run chrony or systemd-timesyncd on every machine."

    func examine(_ deployment: Deployment) async -> [Finding] {
        var findings: [Finding] = []
        if let answer = try? await deployment.server.look("/healthz") {
            let now = Instant.now
            if let date = answer.headers.first(name: "Date").flatMap(Instant.init(httpDate:)) {
                findings.append(Self.judge(now - date, "the Date of \(deployment.issuer)"))
            }
        }
        if let latest = try? await deployment.inspection?.latestEvent(), latest - .now > Self.notable {
            findings.append(
                .fault(
                    "The latest event of the audit is in the future, \(latest.iso8601): this clock or a node's was wrong.",
                    fix: Self.fix))
        }
        if findings.isEmpty {
            findings.append(.warn("There was nothing to compare the clock with.", fix: "See the issuer's finding."))
        }
        return findings
    }

    /// - Parameter lead: how far this clock is before the other; the other's is cut to whole seconds.
    static func judge(_ lead: Duration, _ other: String) -> Finding {
        let distance = lead < .zero ? .zero - lead : lead
        let seconds = distance.components.seconds
        guard distance > notable else { return .ok("Compared with \(other): they agree to \(seconds + 1) s.") }
        let text = "This clock is \(seconds) s \(lead < .zero ? "behind" : "ahead of") \(other)."
        return distance > tolerance ? .fault(text, fix: fix) : .warn(text, fix: fix)
    }
}

extension Instant {
    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that is sent (RFC 9110 §5.6.7).
    init?(httpDate text: String) {
        let words = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, words[5] == "GMT", words[1].count == 2,
            let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        self.init(iso8601: "\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }
}
