import ArgumentParser
import Testing

@testable import latchkey

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite("The configuration reference")
struct ConfigurationReferenceTests {
    /// The table as docs/configuration.md must hold it.
    private var table: [String] {
        let head = [
            "| setting | may be | default | environment | flag | what it does |", "|---|---|---|---|---|---|",
        ]
        return head
            + Setting.all.map { setting in
                let flag = setting.flag.map { "`\($0)`" } ?? "none"
                let cells = [
                    "`\(setting.name)`", setting.values, "`\(setting.fallback)`", "`\(setting.environmentName)`", flag,
                    setting.explanation,
                ]
                return "| " + cells.joined(separator: " | ") + " |"
            }
    }

    @Test("docs/configuration.md says what the code does, setting for setting")
    func document() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        let written = text.split(separator: "\n").filter { $0.hasPrefix("|") }.map(String.init)
        #expect(written == table, "the table should read:\n\(table.joined(separator: "\n"))")
    }

    @Test("every flag of the table is a flag of serve", arguments: Setting.all.compactMap(\.flag))
    func flags(flag: String) throws {
        let arguments = flag == "--dev" ? [flag] : [flag, "x"]
        let name = String(flag.dropFirst(2)).replacing("-", with: "_")
        #expect(try ServeOptions.parse(arguments).settings == [name: flag == "--dev" ? "true" : "x"])
    }

    @Test("--json asks for JSON logs, and does not go with another format")
    func json() throws {
        #expect(try ServeOptions.parse(["--json"]).settings == ["log_format": "json"])
        #expect(throws: (any Error).self) { try ServeOptions.parse(["--json", "--log-format", "text"]) }
    }

    @Test("a typing error is answered with the nearest name")
    func nearest() {
        #expect(Setting.all.map(\.name).nearest(to: "hostnme") == "hostname")
        #expect(Setting.all.map(\.name).nearest(to: "hostnme", within: 1) == "hostname")
        #expect(Setting.all.map(\.name).nearest(to: "hstnme", within: 1) == nil)
        #expect(Setting.all.map(\.environmentName).nearest(to: "LATCHKEY_LOGLEVEL") == "LATCHKEY_LOG_LEVEL")
    }
}
