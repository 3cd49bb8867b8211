#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// How long to wait before a transaction that met a conflict runs again: not at all, then longer and longer up to
/// 20 ms, each time a random part of it, so that those who collided do not collide again.
struct ConflictPause {
    private var longest = Duration.zero
    private static let first = Duration.microseconds(500)
    private static let limit = Duration.milliseconds(20)

    /// Blocks the thread. False when the deadline is too near for another try.
    mutating func wait(until deadline: ContinuousClock.Instant) -> Bool {
        let pause = longest * Double.random(in: 0...1)
        longest = min(max(longest * 2, Self.first), Self.limit)
        guard .now + pause < deadline else { return false }
        sleepThread(for: pause)
        return true
    }
}

/// Blocks this thread, which is never one of Swift's pool.
func sleepThread(for duration: Duration) {
    usleep(UInt32(clamping: duration / .microseconds(1) > 0 ? Int64(duration / .microseconds(1)) : 0))
}
