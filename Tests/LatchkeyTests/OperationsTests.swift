import ArgumentParser
import Prometheus
import Testing

@testable import latchkey

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite("What operators are told")
struct OperationsTests {
    private func text(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The rows of the table of metrics, each as its cells.
    private func rows() throws -> [[String]] {
        let lines = try text("docs/operations.md").split(separator: "\n", omittingEmptySubsequences: false)
        let table = lines.drop { !$0.contains("compared with the metrics of the server") }.drop { !$0.hasPrefix("|") }
            .prefix { $0.hasPrefix("|") }
        return table.dropFirst(2).map { row in
            row.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { cell in String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
        }
    }

    @Test("the table of metrics is that of the server, type for type")
    func metrics() throws {
        let listed = try rows().map { "\($0[0]) \($0[1])" }
        #expect(listed.sorted() == Family.all.map { "`\($0.name)` \($0.type)" }.sorted())
        #expect(Set(Family.all.map(\.name)).count == Family.all.count)
    }

    @Test("each metric has an alert, each alert is a rule that reads this metric, and each rule is listed")
    func alerts() throws {
        let rules = try text("docs/deploy/alerts.yml").split(separator: "- alert: ").dropFirst().map { rule in
            (name: String(rule.prefix { !$0.isWhitespace }), text: String(rule))
        }
        var listed: Set = ["LatchkeyDown"]
        for row in try rows() {
            let metric = row[0].filter { $0 != "`" }
            let alerts = row[4].matches(of: /`(Latchkey\w+)`/).map { String($0.1) }
            #expect(!alerts.isEmpty, "\(metric) has no alert")
            for alert in alerts {
                let rule = rules.first { $0.name == alert }
                #expect(rule?.text.contains(metric) == true, "\(alert) is no rule that reads \(metric)")
            }
            listed.formUnion(alerts)
        }
        #expect(Set(rules.map(\.name)) == listed)
    }

    @Test(
        "what the unit and the image start is a command that there is, with flags that it takes",
        arguments: ["docs/deploy/latchkey.service", "docs/deploy/Containerfile"])
    func commands(path: String) throws {
        let lines = try text(path).split(separator: "\n").map(String.init)
        let line = try #require(lines.first { $0.hasPrefix("ExecStart=") || $0.hasPrefix("CMD [") })
        let words = line.split { " =[]\",".contains($0) }.map(String.init)
        let arguments = try #require(words.firstIndex(of: "serve").map { Array(words[($0 + 1)...]) })
        let options = try ServeOptions.parse(arguments)
        #expect(options.settings["data"] == "/var/lib/latchkey/data")
        #expect(options.settings["log_format"] == "json")
        for name in try text(path).matches(of: /LATCHKEY_[A-Z_]+/).map({ String($0.output) }) {
            #expect(Setting.all.contains { $0.environmentName == name }, "\(name) is no setting")
        }
    }

    @Test("the service manager waits longer than a stop may take")
    func patience() throws {
        let line = try #require(
            try text("docs/deploy/latchkey.service").split(separator: "\n").first { $0.hasPrefix("TimeoutStopSec=") })
        let seconds = try #require(Int64(line.dropFirst("TimeoutStopSec=".count)))
        #expect(.seconds(seconds) >= ServerRun.limit + .seconds(30))
    }
}
