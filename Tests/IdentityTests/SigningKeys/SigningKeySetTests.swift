import JOSE
import Testing

@testable import Identity

/// The rules of a signing key's life, without a database.
@Suite("The life of a signing key")
struct SigningKeySetTests {
    private let schedule = SigningKeySchedule.standard
    private let day = Duration.seconds(86_400)

    private func key(
        _ keyID: String, _ state: SigningKeyRecord.State, at createdAt: Instant = .start, until: Instant? = nil,
        publication: Duration = SigningKeySchedule.standard.publication
    ) -> SigningKeyRecord {
        SigningKeyRecord(
            keyID: keyID, algorithm: "ES256", publicKey: "{}", sealed: [], state: state, createdAt: createdAt,
            activatesAt: state == .pending ? until : nil, activatedAt: state == .pending ? nil : createdAt,
            retiredAt: state == .retired ? createdAt : nil, publishedUntil: state == .retired ? until : nil,
            publication: publication)
    }

    private func due(_ keys: SigningKeyRecord..., at now: Instant) -> [SigningKeyChange] {
        SigningKeySet(keys).due(at: now, by: schedule)
    }

    // MARK: Times

    @Test("a key set may be kept five minutes, nodes look once a second, and a key is published for longer than both")
    func standardTimes() {
        #expect(schedule.lifetime == day * 90)
        #expect(schedule.keySetLifetime == .seconds(300))
        #expect(schedule.reloadBound == .seconds(5))
        #expect(schedule.reloadInterval == .seconds(1))
        #expect(schedule.publication == .seconds(365))
        #expect(schedule.lead == day)
    }

    @Test("whatever the lifetime, a key is known to all before it signs, and a successor fits into its predecessor")
    func allTimes() throws {
        for seconds in [5, 6, 7, 11, 30, 299, 300, 1_501, 3_600, 43_200, 86_400, 864_000, 730 * 86_400] as [Int64] {
            let schedule = try #require(SigningKeySchedule(lifetime: .seconds(seconds)))
            #expect(schedule.keySetLifetime >= .seconds(1))
            #expect(schedule.keySetLifetime <= .seconds(300))
            #expect(schedule.keySetLifetime.components.attoseconds == 0)
            #expect(schedule.publication > schedule.keySetLifetime + schedule.reloadInterval)
            #expect(schedule.publication >= schedule.keySetLifetime + schedule.reloadBound + schedule.clockTolerance)
            #expect(schedule.lead >= schedule.publication)
            #expect(schedule.lead < schedule.lifetime)
        }
        for seconds in [-1, 0, 1, 4, 730 * 86_400 + 1, .max] as [Int64] {
            #expect(SigningKeySchedule(lifetime: .seconds(seconds)) == nil)
        }
    }

    // MARK: By itself

    @Test("while it is young nothing is due")
    func young() {
        #expect(due(key("a", .active), at: .start + day * 89 - .microseconds(1)) == [])
    }

    @Test("its successor is published a day before its end, to sign at its end")
    func successor() {
        #expect(due(key("a", .active), at: .start + day * 89) == [.publish(activatesAt: .start + day * 90)])
        let pending = key("b", .pending, at: .start + day * 89, until: .start + day * 90)
        #expect(due(key("a", .active), pending, at: .start + day * 90 - .microseconds(1)) == [])
    }

    @Test("after a long absence its successor is still published for as long as verifiers need")
    func overdue() {
        let now = Instant.start + day * 500
        #expect(due(key("a", .active), at: now) == [.publish(activatesAt: now + .seconds(365))])
    }

    @Test("when its successor's time has come it retires first, and stays published until its last token has expired")
    func activation() {
        let pending = key("b", .pending, until: .start + day)
        let expected: [SigningKeyChange] = [
            .retire("a", publishedUntil: .start + day + .seconds(14_400 + 300)), .activate("b"),
        ]
        #expect(due(key("a", .active), pending, at: .start + day) == expected)
    }

    @Test("retired, it goes when its time is over and not before")
    func expiry() {
        let old = key("a", .retired, until: .start + .seconds(10))
        #expect(due(old, key("b", .active), at: .start + .seconds(10) - .microseconds(1)) == [])
        #expect(due(old, key("b", .active), at: .start + .seconds(10)) == [.remove("a", .expired)])
    }

    @Test("a node that told verifiers to keep the set for long says so, and a node configured otherwise waits for it")
    func patience() throws {
        let brief = try #require(SigningKeySchedule(lifetime: .seconds(10)))
        let asked = SigningKeySet([key("a", .active, publication: .zero)])
        #expect(asked.due(at: .start, by: schedule) == [.ask("a", .seconds(365))])
        let keys = SigningKeySet([key("a", .active, publication: .seconds(365))])
        let now = Instant.start + .seconds(10)
        #expect(keys.due(at: now, by: brief) == [.publish(activatesAt: now + .seconds(365))])
        let retired = SigningKeySet([
            key("z", .retired, until: .start + day), key("a", .active, publication: brief.publication),
        ])
        #expect(retired.due(at: now, by: brief) == [.publish(activatesAt: now + .seconds(365))])
    }

    @Test("so many may be published, and no more")
    func many() {
        var keys = (1..<50).map { key("r\($0)", .retired, until: .start + day * 900) }
        keys.append(key("a", .active))
        let full = SigningKeySet(keys)
        #expect(full.due(at: .start + day * 90, by: schedule) == [])
        #expect(full.rotation(at: .start).refusal == .tooMany(50))
        #expect(full.immediateRotation(at: .start).refusal == .tooMany(50))
        #expect(full.replacement(of: "a", at: .start).refusal == nil)
        let roomy = SigningKeySet(Array(keys.dropFirst()))
        #expect(roomy.due(at: .start + day * 90, by: schedule).count == 1)
    }

    // MARK: By an operator

    @Test("rotated, a new key is published, to sign once every verifier can know it")
    func rotation() throws {
        let changes = try SigningKeySet([key("a", .active)]).rotation(at: .start + day).get()
        #expect(changes == [.publish(activatesAt: .start + day + .seconds(365))])
    }

    @Test("rotated while one is pending, that one is brought forward, and never before verifiers can know it")
    func bringingForward() throws {
        func keys(plannedIn days: Int) -> SigningKeySet {
            SigningKeySet([key("a", .active), key("b", .pending, until: .start + day * days)])
        }
        let early = try keys(plannedIn: 1).rotation(at: .start + .seconds(5)).get()
        #expect(early == [.bringForward("b", activatesAt: .start + .seconds(365))])
        let late = try keys(plannedIn: 1).rotation(at: .start + .seconds(1_000)).get()
        #expect(late == [.bringForward("b", activatesAt: .start + .seconds(1_000))])
        let unchanged = SigningKeySet([key("a", .active), key("b", .pending, until: .start + .seconds(365))])
        #expect(try unchanged.rotation(at: .start + .seconds(5)).get() == [])
    }

    @Test("rotated at once, the pending key signs if there is one, else a new one")
    func immediateRotation() throws {
        let retirement = SigningKeyChange.retire("a", publishedUntil: .start + .seconds(14_700))
        let pending = SigningKeySet([key("a", .active), key("b", .pending, until: .start + day)])
        #expect(try pending.immediateRotation(at: .start).get() == [retirement, .activate("b")])
        #expect(!pending.isNextKnown(at: .start + .seconds(364)))
        #expect(pending.isNextKnown(at: .start + .seconds(365)))
        let alone = SigningKeySet([key("a", .active)])
        #expect(try alone.immediateRotation(at: .start).get() == [retirement, .begin])
        #expect(!alone.isNextKnown(at: .start + day * 900))
    }

    @Test("compromised, it goes with the one that lay beside it, and a key made afterwards signs")
    func replacement() throws {
        let keys = SigningKeySet([
            key("z", .retired, until: .start + day), key("a", .active), key("b", .pending, until: .start + day),
        ])
        let changes = try keys.replacement(of: "a", at: .start).get()
        #expect(changes == [.remove("a", .compromised), .remove("b", .compromised), .begin])
        #expect(keys.replacement(of: "b", at: .start).refusal == .notActive("a"))
    }

    @Test("a pending key can be withdrawn, a retired one only when it is compromised, the active one never")
    func removal() throws {
        let keys = SigningKeySet([
            key("retired", .retired, until: .start + day), key("active", .active),
            key("pending", .pending, until: .start + day),
        ])
        #expect(try keys.removal(of: "pending", isCompromised: false).get() == [.remove("pending", .withdrawn)])
        #expect(
            keys.removal(of: "retired", isCompromised: false).refusal
                == .alreadyRetired("retired", publishedUntil: .start + day))
        #expect(try keys.removal(of: "retired", isCompromised: true).get() == [.remove("retired", .compromised)])
        for isCompromised in [false, true] {
            #expect(keys.removal(of: "active", isCompromised: isCompromised).refusal == .active("active"))
        }
    }

    @Test("its name may be shortened to six characters that no other begins with")
    func names() throws {
        let keys = SigningKeySet([key("abcdefg1", .active), key("abcdefg2", .retired, until: .start + day)])
        #expect(try keys.find("abcdefg1").get().keyID == "abcdefg1")
        #expect(keys.find("abcdefg").refusal == .ambiguous(["abcdefg1", "abcdefg2"]))
        #expect(keys.find("abcde").refusal == .unknown(near: ["abcdefg1", "abcdefg2"]))
        #expect(keys.find("").refusal == .unknown(near: ["abcdefg1", "abcdefg2"]))
        #expect(SigningKeySet([]).find("x").refusal == .unknown(near: []))
        #expect(SigningKeySet([]).rotation(at: .start).refusal == SigningKeyRefusal.none)
    }
}
