/// Calls that were answered with API tokens and that the issuer has not been told of yet, by the SHA-256 of the token.
///
/// Kept apart from the answers, and for more tokens, so that an answer that is pushed out takes no count along. The token
/// itself is not kept, so nothing can be told before it comes again. Of tokens that came least lately, past `halfCapacity`
/// to twice as many others, the count is forgotten: what one answer let through, which is ten seconds of calls.
struct UntoldCalls {
    /// Both halves together hold twice as many, in some 5 MB.
    static let halfCapacity = 25_000

    private var calls: RecentEntries<[UInt8], Int>

    init(halfCapacity: Int = UntoldCalls.halfCapacity) {
        calls = RecentEntries(halfCapacity: halfCapacity)
    }

    /// For how many tokens there are any.
    var count: Int { calls.count }

    mutating func add(_ more: Int, _ digest: [UInt8]) {
        // A token that was never good has none, and takes no place.
        guard more > 0 else { return }
        calls.update(digest, initially: 0) { calls in
            let (sum, isTooLarge) = calls.addingReportingOverflow(more)
            calls = isTooLarge ? .max : sum
        }
    }

    /// Those of a token, which are then no longer here: for a question that is asked now.
    mutating func take(_ digest: [UInt8], atMost maximum: Int) -> Int {
        guard let all = calls.remove(digest) else { return 0 }
        add(all - min(all, maximum), digest)
        return min(all, maximum)
    }
}
