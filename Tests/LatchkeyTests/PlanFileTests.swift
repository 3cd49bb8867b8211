import Foundation
import Identity
import Testing

@testable import latchkey

/// The file of `plans`.
struct PlanFileTests {
    private func load(_ text: String) throws -> PlanCatalog {
        let file = FileManager.default.temporaryDirectory.appending(path: "plans-\(UUID().uuidString).json")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try PlanFile(path: file.path).load()
    }

    @Test("what it names is changed, and everything else is as it was")
    func changes() throws {
        #expect(try load("{}") == .standard)
        let plans = try load(
            """
            {"free": {"api_tokens": true, "calls_per_minute": 10, "calls_per_period": 1000},
             "pro": {"custom_scopes": true}, "business": {"calls_per_period": null}}
            """)
        #expect(
            plans[.free]
                == PlanTerms(plan: .free, mintsAPITokens: true, callsPerMinute: 10, callsPerPeriod: 1_000))
        var pro = PlanTerms.pro
        pro.customScopes = true
        #expect(plans[.pro] == pro && plans[.business].callsPerPeriod == nil && plans[.enterprise] == .enterprise)
    }

    @Test(
        "what it cannot mean stops the start, and is named",
        arguments: [
            ("", "strict JSON"), ("[]", "strict JSON"), (#"{"pro": {}, "pro": {}}"#, "strict JSON"),
            (#"{"gold": {}}"#, "gold"), (#"{"pro": 1}"#, "pro must be an object"),
            (#"{"pro": {"call_per_minute": 1}}"#, "pro.call_per_minute is no term"),
            (#"{"pro": {"api_tokens": 1}}"#, "pro.api_tokens must be true or false"),
            (#"{"pro": {"calls_per_minute": 0}}"#, "from 1 to 1000000"),
            (#"{"pro": {"calls_per_minute": 1000001}}"#, "from 1 to 1000000"),
            (#"{"pro": {"calls_per_minute": null}}"#, "whole number"),
            (#"{"pro": {"calls_per_period": 1.5}}"#, "whole number"),
            (#"{"pro": {"calls_per_period": -1}}"#, "whole number"),
            (#"{"free": {"api_tokens": true}}"#, "may do no call"),
        ])
    func refusals(text: String, words: String) throws {
        let failure = #expect(throws: CommandFailure.self) { try load(text) }
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
        #expect(failure?.status == .usedWrongly && failure?.next?.isEmpty == false)
    }

    @Test("a file that is not there is named")
    func missing() {
        let failure = #expect(throws: CommandFailure.self) { try PlanFile(path: "/nowhere/plans.json").load() }
        #expect(failure?.message.contains("/nowhere/plans.json") == true)
    }
}
