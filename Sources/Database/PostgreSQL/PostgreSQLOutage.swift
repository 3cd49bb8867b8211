/// No connection could be opened: why, and when to try again.
struct PostgreSQLOutage {
    let failure: DatabaseFailure
    private let pause: Duration
    private let end: ContinuousClock.Instant

    init(_ failure: DatabaseFailure, after former: PostgreSQLOutage?, _ options: PostgreSQLOptions) {
        self.failure = failure
        pause = min(former.map { $0.pause * 2 } ?? options.shortestPause, options.longestPause)
        end = .now + pause
    }

    var isOver: Bool { .now >= end }
}
