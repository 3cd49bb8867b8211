import ArgumentParser
import JOSE
import LatchkeyVerifier

/// `latchkey audit tail`
struct AuditTail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Show the latest events of your organization, and those that come.",
        discussion: """
            Asks the server with your login; it takes the role of an owner or admin. Times are in UTC. With --json each \
            event is an object on a line of its own.

              latchkey audit tail
              latchkey audit tail --follow --event API_TOKEN_ISSUED --event API_TOKEN_REVOKED
              latchkey audit tail --lines 200 --since 24h --search ada@example.com
            """)

    @Flag(name: .shortAndLong, help: "Go on until interrupted, and show what happens.")
    var follow = false

    @Option(name: [.customShort("n"), .long], help: "How many of the latest, at most 200.")
    var lines: UInt32 = 20

    @OptionGroup var filter: AuditFilterOptions
    @OptionGroup var login: LoginOptions

    /// Between two looks.
    private static let pause = Duration.seconds(2)
    /// Events of nodes whose clocks differ come out of order: so far back is looked again.
    private static let overlap = Duration.seconds(15)

    func validate() throws {
        guard (1...200).contains(lines) else { throw ValidationError("--lines is a number from 1 to 200.") }
    }

    func run() async throws {
        try await login.connected { source, _ in
            var shown: [String: Instant] = [:]
            let latest = try await page(1, limit: Int(lines), query: filter.query(), source)
            guard show(latest.events, &shown) else { return }
            if latest.events.isEmpty, !follow, !login.output.json { Terminal.standard.line("No event fits.") }
            guard follow else { return }
            try await goOn(from: latest.events.last?.at, &shown, source)
        }
    }

    private func goOn(
        from last: Instant?, _ shown: inout [String: Instant], _ source: AccessTokenSource
    ) async throws {
        var (newest, isOutOfReach) = (last ?? .now, false)
        while true {
            try await Task.sleep(for: Self.pause)
            do {
                let events = try await all(since: newest - Self.overlap, source)
                isOutOfReach = false
                guard show(events, &shown) else { return }
                newest = max(newest, events.compactMap(\.at).max() ?? newest)
                shown = shown.filter { $0.value >= newest - Self.overlap - .seconds(1) }
            } catch let failure as CommandFailure where failure.status == .outOfReach {
                if !isOutOfReach { Terminal.standard.complain(failure.text) }
                isOutOfReach = true
            }
        }
    }

    /// All events since a moment, the oldest first.
    private func all(since moment: Instant, _ source: AccessTokenSource) async throws -> [AuditEventReport] {
        var (events, number, isMore) = ([AuditEventReport](), 1, true)
        while isMore {
            let page = try await page(number, limit: 200, query: filter.query(since: moment), source)
            events = page.events + events
            (number, isMore) = (number + 1, page.isMore)
        }
        return events
    }

    /// One page, the oldest first.
    private func page(
        _ number: Int, limit: Int, query: String, _ source: AccessTokenSource
    ) async throws -> (events: [AuditEventReport], isMore: Bool) {
        let path = "/api/v1/audit?page=\(number)&limit=\(limit)" + (query.isEmpty ? "" : "&" + query)
        let (answer, _) = try await source.calling { bearer in
            try await source.server.call(.get, path, bearer: bearer)
        }
        if let refusal = answer.refusal { throw CommandFailure(refusal) }
        let events = (answer.body["events"]?.array ?? []).compactMap(\.object).map(AuditEventReport.init)
        let total = answer.body["pagination"]?.object?["total"]?.integer ?? 0
        return (events.reversed(), Int64(number) * Int64(limit) < total)
    }

    /// False when nobody reads any more.
    private func show(_ events: [AuditEventReport], _ shown: inout [String: Instant]) -> Bool {
        for event in events where shown.updateValue(event.at ?? .now, forKey: event.id) == nil {
            let bytes =
                login.output.json ? JSONValue.object(event.json).serialized() : Array(event.line.utf8)
            guard Terminal.standard.pass(bytes + [UInt8(ascii: "\n")]) else { return false }
        }
        return true
    }
}
