import ArgumentParser
import JOSE
import Testing

@testable import latchkey

@Suite("What doctor makes of what it sees")
struct DoctorTests {
    @Test("the clock: a second is nothing, ten are told, two minutes are a fault, before or behind")
    func clock() {
        for (lead, verdict) in [
            (Duration.seconds(0), Finding.Verdict.ok), (.seconds(5), .ok), (.seconds(-5), .ok), (.seconds(10), .warn),
            (.seconds(-60), .warn), (.seconds(61), .fault), (.seconds(-120), .fault),
        ] {
            #expect(ClockCheck.judge(lead, "x").verdict == verdict, "\(lead)")
        }
        #expect(ClockCheck.judge(.seconds(-120), "x").text.contains("120 s behind"))
        #expect(ClockCheck.judge(.seconds(120), "x").text.contains("120 s ahead"))
    }

    @Test("the Date of an answer is read, and rubbish is not")
    func dates() {
        #expect(Instant(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT") == Instant(iso8601: "1994-11-06T08:49:37Z"))
        for text in [
            "", "Sun, 06 Nov 1994 08:49:37", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        ] {
            #expect(Instant(httpDate: text) == nil, "\(text)")
        }
    }

    @Test("room on the disk: a gigabyte is plenty, less is told, next to nothing is a fault")
    func disk() {
        #expect(DiskCheck.judge(free: 1 << 30, at: "x").verdict == .ok)
        #expect(DiskCheck.judge(free: (1 << 30) - 1, at: "x").verdict == .warn)
        #expect(DiskCheck.judge(free: (64 << 20) - 1, at: "x").verdict == .fault)
    }

    @Test("one fault among many findings makes the report one of a fault")
    func verdicts() {
        var report = DoctorReport()
        report.add([.ok("fine")], by: DiskCheck())
        #expect(report.verdict == .ok)
        report.add([.warn("hm", fix: "think")], by: DiskCheck())
        #expect(report.verdict == .warn)
        report.add([.fault("bad", fix: "mend"), .ok("fine")], by: FilesCheck())
        #expect(report.verdict == .fault)
        #expect(report.json["checks"]?.array?.count == 4)
    }

    @Test("plans: what would stop the start is a fault in the same words, with what to do")
    func plans() async throws {
        let directory = try TemporaryDirectory()
        func found(_ text: String?) async throws -> Finding {
            try text.map { try directory.write($0, to: "plans.json") }
            let settings = try await ServerConfiguration(
                flags: [:], environment: text == nil ? [:] : ["LATCHKEY_PLANS": directory.path + "/plans.json"],
                directory: directory.path)
            return PlansCheck.judge(settings.operation)
        }
        #expect(try await found(nil).verdict == .ok)
        let good = try await found(#"{"pro": {"calls_per_minute": 200}}"#)
        #expect(good.verdict == .ok && good.text.contains("plans.json") && good.text.hasSuffix("pro."), "\(good)")
        for text in ["", #"{"gold": {}}"#, #"{"free": {"api_tokens": true}}"#, #"{"pro": {"call_per_minute": 1}}"#] {
            let finding = try await found(text)
            let stop = #expect(throws: CommandFailure.self) {
                try PlanFile(path: directory.path + "/plans.json").load()
            }
            #expect(finding.verdict == .fault && finding.text == stop?.message && finding.fix == stop?.next, "\(text)")
        }
    }

    @Test("every setting of serve is one of doctor")
    func options() throws {
        let doctor = try Doctor.parse(["--issuer", "https://id.example.com", "--send-mail", "a@example.com"])
        #expect(doctor.options.settings == ["issuer": "https://id.example.com"])
        #expect(doctor.sendMail == "a@example.com")
    }
}
