import JOSE

/// What a check has found out.
struct Finding: Hashable, Sendable {
    enum Verdict: String, Sendable {
        case ok
        /// It works, but not as well as it could, or it could not be seen.
        case warn
        /// Something does not work, or is not safe.
        case fault
    }

    let verdict: Verdict
    /// What was seen; for a fault its cause.
    let text: String
    /// What to do about it; there unless all is well.
    let fix: String?

    static func ok(_ text: String) -> Finding { Finding(verdict: .ok, text: text, fix: nil) }
    static func warn(_ text: String, fix: String) -> Finding { Finding(verdict: .warn, text: text, fix: fix) }
    static func fault(_ text: String, fix: String) -> Finding { Finding(verdict: .fault, text: text, fix: fix) }

    /// A failure of another part of the program, which says what to do itself.
    static func fault(_ failure: CommandFailure) -> Finding {
        fault(failure.message, fix: failure.next ?? "See docs/operations.md.")
    }
}

/// One thing that a doctor looks at.
protocol Check: Sendable {
    /// One word, for the table and for programs.
    var name: String { get }

    /// Looks. Never waits longer than a timeout of its own, and changes nothing.
    func examine(_ deployment: Deployment) async -> [Finding]
}

/// All findings, in the order of the checks.
struct DoctorReport {
    private(set) var findings: [(check: String, finding: Finding)] = []

    var verdict: Finding.Verdict {
        let verdicts = findings.map(\.finding.verdict)
        return verdicts.contains(.fault) ? .fault : verdicts.contains(.warn) ? .warn : .ok
    }

    mutating func add(_ found: [Finding], by check: any Check) {
        findings += found.map { (check.name, $0) }
    }

    var json: JSONObject {
        let checks = findings.map { entry -> JSONValue in
            var object: JSONObject = [
                "check": .string(entry.check), "verdict": .string(entry.finding.verdict.rawValue),
                "text": .string(entry.finding.text),
            ]
            object["fix"] = entry.finding.fix.map(JSONValue.string)
            return .object(object)
        }
        return ["verdict": .string(verdict.rawValue), "checks": .array(checks)]
    }

    /// Verdict, check, and what was found; below it what to do.
    func print(on terminal: Terminal) {
        let width = findings.map(\.check.count).max() ?? 0
        for (check, finding) in findings {
            let mark = finding.verdict == .fault ? "FAULT" : finding.verdict == .warn ? "warn " : "ok   "
            let label = mark + "  " + check + String(repeating: " ", count: width - check.count)
            terminal.table([(label: label, text: finding.text.printable)])
            guard let fix = finding.fix else { continue }
            let margin = String(repeating: " ", count: label.count)
            terminal.table([(label: margin, text: "→ \(fix.printable)")])
        }
        terminal.line()
        terminal.line("  " + summary)
    }

    private var summary: String {
        func count(_ verdict: Finding.Verdict) -> Int { findings.count { $0.finding.verdict == verdict } }
        switch (count(.fault), count(.warn)) {
        case (0, 0): return "All is well."
        case (0, let warnings): return "No faults. \(warnings) to think about."
        case (let faults, let warnings): return "\(faults) faults, \(warnings) to think about."
        }
    }
}
