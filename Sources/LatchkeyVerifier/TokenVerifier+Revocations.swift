import JOSE

extension TokenVerifier {
    /// The `typ` of what the feed answers: an access token must not pass as a list of revocations, nor the reverse.
    static let revocationsType = "revocations+jwt"

    /// Follows the revocation feed until the task is cancelled. Run it beside your server, once:
    ///
    ///     try await withThrowingTaskGroup { group in
    ///         group.addTask { await verifier.followRevocations() }
    ///         group.addTask { try await server.run() }
    ///         …
    ///
    /// It never fails: what goes wrong is tried again, after a second first and every eight seconds later, and tokens are
    /// treated meanwhile as the ``RevocationPolicy`` says. Returns at once when revocations are ignored.
    ///
    /// - Parameter onFailure: told of each failure, for the log.
    public func followRevocations(onFailure: @Sendable (any Error) -> Void = { _ in }) async {
        guard revocations != nil else { return }
        var failures = 0
        while !Task.isCancelled {
            let began = ContinuousClock.now
            var pause = Self.shortestRound
            do {
                if try await hearRevocations(clock: { .now }) { pause = .zero }
                failures = 0
            } catch is CancellationError {
                return
            } catch {
                onFailure(error)
                failures += 1
                pause = Self.pause(afterFailures: failures)
            }
            try? await Task.sleep(for: pause - began.duration(to: .now))
        }
    }

    /// An issuer whose answers come at once, because much is revoked or something stands between that does not wait, is
    /// asked no faster than this.
    static let shortestRound: Duration = .milliseconds(250)

    static func pause(afterFailures count: Int) -> Duration {
        .seconds(1 << min(max(count - 1, 0), 3))
    }

    /// One question and its answer. True: there is more to be had at once.
    func hearRevocations(clock: @Sendable () -> Instant) async throws -> Bool {
        guard let revocations, let fetch = fetchRevocations else { return false }
        let query = revocations.query
        do {
            let body = try await fetch(query)
            // The answer may have been held for a minute: it is as old as it says, not as the question is.
            let heardAt = clock()
            let answer = try await revocationAnswer(body, since: query.since, at: heardAt)
            revocations.take(answer, at: heardAt)
            // What leads nowhere is no reason to hurry.
            return answer.hasMore && answer.cursor != query.since
        } catch {
            revocations.miss()
            throw error
        }
    }

    private func revocationAnswer(
        _ body: [UInt8], since: String?, at now: Instant
    ) async throws(Failure) -> RevocationList.Answer {
        let token: UnverifiedToken
        do {
            token = try UnverifiedToken(parsing: body, maximumLength: RevocationList.Answer.maximumLength)
        } catch {
            throw .malformed
        }
        guard algorithms.contains(token.header.algorithm) else { throw .unacceptableAlgorithm }
        guard token.header.type?.isExactly(Self.revocationsType) == true else { throw .malformed }
        let (key, _) = try await keys.key(named: keyID(of: token), at: now)
        return try RevocationList.Answer(claims(of: token, verifiedBy: key), issuer: issuer, since: since, at: now)
    }
}
