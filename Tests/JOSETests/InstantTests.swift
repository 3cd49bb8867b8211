import JOSE
import Testing

@Suite("Instant")
struct InstantTests {
    @Test(
        "RFC 3339 text goes both ways",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-20T21:45:23Z", 1_795_211_123), ("2000-02-29T23:59:59Z", 951_868_799),
            ("1969-12-31T23:59:59Z", -1), ("0000-01-01T00:00:00Z", -62_167_219_200),
            ("9999-12-31T23:59:59Z", 253_402_300_799), ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] as [(String, Int64)])
    func textBothWays(text: String, seconds: Int64) {
        #expect(Instant(seconds: seconds).iso8601 == text)
        #expect(Instant(iso8601: text) == Instant(seconds: seconds))
    }

    @Test("every day of eight hundred years survives the trip to text and back")
    func everyDay() {
        for day in stride(from: Int64(-146_097), to: 146_097, by: 1) {
            let instant = Instant(seconds: day * 86_400 + 4711)
            if Instant(iso8601: instant.iso8601) != instant { Issue.record("day \(day)") }
            let month = instant.iso8601.prefix(8) + "01T00:00:00Z"
            if instant.startOfMonth.iso8601 != month { Issue.record("the month of day \(day)") }
        }
    }

    @Test("days and months begin at midnight, before 1970 and at the ends of the range too")
    func beginnings() {
        for (moment, day, month) in [
            (0, 0, 0), (-1, -86_400, -31 * 86_400), (86_400, 86_400, 0), (1_795_211_123, 1_795_132_800, 1_793_491_200),
        ] as [(Int64, Int64, Int64)] {
            #expect(Instant(seconds: moment).startOfDay == Instant(seconds: day))
            #expect(Instant(seconds: moment).startOfMonth == Instant(seconds: month))
        }
        for end in [Instant(microseconds: .min), Instant(microseconds: .max)] {
            #expect(end.startOfMonth <= end.startOfDay || end == Instant(microseconds: .min))
        }
    }

    @Test("fractions and offsets are read")
    func fractionsAndOffsets() {
        #expect(Instant(iso8601: "1970-01-01T00:00:00.5Z") == Instant(microseconds: 500_000))
        #expect(Instant(iso8601: "1970-01-01t00:00:00.1234567z") == Instant(microseconds: 123_456))
        #expect(Instant(iso8601: "1970-01-01T02:00:00+02:00") == Instant(seconds: 0))
        #expect(Instant(iso8601: "1969-12-31T23:30:00-00:30") == Instant(seconds: 0))
    }

    @Test(
        "what is not RFC 3339 is refused",
        arguments: [
            "", "2026", "2026-11-20", "2026-11-20 21:45:23Z", "2026-11-20T21:45:23", "2026-02-30T00:00:00Z",
            "2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-12-31T23:59:60Z", "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+1", "2026-01-01T00:00:00Z ", "+026-01-01T00:00:00Z", "２026-01-01T00:00:00Z",
        ])
    func refused(text: String) {
        #expect(Instant(iso8601: text) == nil)
    }

    @Test("arithmetic saturates instead of trapping")
    func saturation() {
        let end = Instant(microseconds: .max)
        let start = Instant(microseconds: .min)
        #expect(Instant(seconds: .max) == end)
        #expect(Instant(seconds: .min) == start)
        #expect(end + .seconds(1) == end)
        #expect(start - .seconds(1) == start)
        #expect(Instant(seconds: 0) + .seconds(Int64.max) == end)
        #expect(Instant(seconds: 0) - .seconds(Int64.max) == start)
        let most: Duration = .microseconds(Int64.max)
        #expect(end - start == most + most + .microseconds(1))
        #expect(start.iso8601 == "0000-01-01T00:00:00Z")
        #expect(end.iso8601 == "9999-12-31T23:59:59Z")
    }

    @Test("seconds are rounded towards the past")
    func flooredSeconds() {
        #expect(Instant(microseconds: -1).seconds == -1)
        #expect(Instant(microseconds: -1_000_000).seconds == -1)
        #expect(Instant(microseconds: 1_999_999).seconds == 1)
        #expect(Instant(microseconds: .min).seconds == -9_223_372_036_855)
        #expect(Instant(seconds: 5) - Instant(seconds: 3) == .seconds(2))
    }
}
