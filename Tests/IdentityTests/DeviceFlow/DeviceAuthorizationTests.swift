import JOSE
import Testing

@testable import Identity

/// The rules of one authorization. `ada` and `bob` are browser sessions.
@Suite("A device authorization")
struct DeviceAuthorizationTests {
    private static let ada = Session.ID(rawValue: 1)
    private static let bob = Session.ID(rawValue: 2)
    private static let approval = DeviceAuthorization.Approval(
        user: .init(rawValue: 1), organization: .init(rawValue: 1), authTime: .start, amr: ["email"])
    private static let soon = Instant.start + .seconds(1)
    private static let end = Instant.start + .seconds(600)

    /// Every state, each reached by its own steps.
    private enum Situation: CaseIterable {
        case new, openedByAda, approvedByAda, deniedByAda, redeemed

        var authorization: DeviceAuthorization {
            var authorization = DeviceAuthorization(
                id: .init(rawValue: 9), client: Client.example().id, scopes: ["jobs:read"], audience: nil,
                organizationSlug: nil, address: "", agent: "", createdAt: .start, expiresAt: end)
            if self != .new { _ = authorization.open(by: ada, at: .start) }
            switch self {
            case .new, .openedByAda: break
            case .deniedByAda: _ = authorization.deny(by: ada, at: .start)
            case .approvedByAda: _ = authorization.approve(approval, by: ada, at: .start)
            case .redeemed:
                _ = authorization.approve(approval, by: ada, at: .start)
                authorization.redeem()
            }
            return authorization
        }
    }

    @Test("is in the state its steps lead to")
    func states() {
        #expect(Situation.allCases.map(\.authorization.state) == [.pending, .pending, .approved, .denied, .redeemed])
    }

    @Test("is opened by one session, which keeps it")
    func opening() {
        let expected: [(Situation, ada: DeviceDecisionRefusal?, bob: DeviceDecisionRefusal?)] = [
            (.new, nil, nil), (.openedByAda, nil, .openedElsewhere), (.approvedByAda, .decided, .openedElsewhere),
            (.deniedByAda, .decided, .openedElsewhere), (.redeemed, .decided, .openedElsewhere),
        ]
        for (situation, ada, bob) in expected {
            for (session, refusal) in [(Self.ada, ada), (Self.bob, bob)] {
                var authorization = situation.authorization
                let before = authorization.session
                let answers = [Self.soon, Self.end].map { authorization.open(by: session, at: $0) }
                #expect(answers == [refusal, .unknown], "\(situation)")
                #expect(authorization.session == (refusal == nil ? session : before))
            }
        }
    }

    @Test("is decided once, by the session that opened it, in time")
    func deciding() {
        let expected: [(Situation, ada: DeviceDecisionRefusal?, bob: DeviceDecisionRefusal?)] = [
            (.new, .unknown, .unknown), (.openedByAda, nil, .openedElsewhere),
            (.approvedByAda, .decided, .openedElsewhere), (.deniedByAda, .decided, .openedElsewhere),
            (.redeemed, .decided, .openedElsewhere),
        ]
        for (situation, ada, bob) in expected {
            for (session, refusal) in [(Self.ada, ada), (Self.bob, bob)] {
                var (approved, denied) = (situation.authorization, situation.authorization)
                let times = [Self.end, Self.soon]
                #expect(times.map { approved.approve(Self.approval, by: session, at: $0) } == [.unknown, refusal])
                #expect(times.map { denied.deny(by: session, at: $0) } == [.unknown, refusal], "\(situation)")
                let before = situation.authorization.state
                #expect(approved.state == (refusal == nil ? .approved : before))
                #expect(denied.state == (refusal == nil ? .denied : before))
                #expect(denied.approval == situation.authorization.approval)
            }
        }
    }

    @Test("answers its device by its state, and after its time is over by that")
    func polling() {
        let expected:
            [(Situation, inTime: Result<DeviceAuthorization.Approval, DeviceFlowRefusal>, late: DeviceFlowRefusal)]
        expected = [
            (.new, .failure(.authorizationPending), .expired),
            (.openedByAda, .failure(.authorizationPending), .expired),
            (.approvedByAda, .success(Self.approval), .expired), (.deniedByAda, .failure(.denied), .expired),
            (.redeemed, .failure(.redeemed), .redeemed),
        ]
        for (situation, inTime, late) in expected {
            for presence in [ClientPresence.unnamed, .authenticated(.example())] {
                let authorization = situation.authorization
                #expect(authorization.poll(by: presence, owner: .example(), at: Self.soon) == inTime, "\(situation)")
                #expect(authorization.poll(by: presence, owner: .example(), at: Self.end) == .failure(late))
            }
        }
    }

    @Test("tells another client nothing, and an unproven one only to prove itself")
    func pollingByOthers() {
        for situation in Situation.allCases {
            let authorization = situation.authorization
            let other = ClientPresence.authenticated(.example(2))
            #expect(authorization.poll(by: other, owner: .example(), at: Self.soon) == .failure(.unknown))
            let confidential = Client.example(secretCode: [1])
            let unnamed = authorization.poll(by: .unnamed, owner: confidential, at: Self.soon)
            #expect(unnamed == .failure(.clientUnproven))
            let unregistered = Client.example(grantTypes: [.refreshToken])
            let refused = authorization.poll(by: .unnamed, owner: unregistered, at: Self.soon)
            #expect(refused == .failure(.grantTypeNotAllowed))
        }
    }
}

@Suite("The pace of polls")
struct PollPaceTests {
    /// Whether polls at these times, in seconds, are accepted.
    private func accepted(_ seconds: some Sequence<Double>, _ pace: inout PollPace) -> [Bool] {
        seconds.map { pace.accept(at: .start + .microseconds(Int64($0 * 1_000_000))) }
    }

    @Test("is five seconds, with a second's tolerance, and honest devices never hear slow_down")
    func honest() {
        for jitter in [0, 0.3, 0.9, -0.9] {
            var pace = PollPace()
            let polls = (0..<200).map { Double($0) * 5 + ($0.isMultiple(of: 2) ? 0 : jitter) }
            #expect(!accepted(polls, &pace).contains(false), "jitter \(jitter)")
        }
    }

    @Test("grows by five seconds for each poll too soon, up to half a minute")
    func growth() {
        var pace = PollPace()
        var intervals: [Duration] = []
        for tenth in 0...10 {
            #expect(accepted([Double(tenth) / 10], &pace) == [tenth == 0])
            intervals.append(pace.interval)
        }
        #expect(intervals == [5, 10, 15, 20, 25, 30, 30, 30, 30, 30, 30].map { .seconds($0) })
    }

    @Test("counts from the last accepted poll: polls too soon never push the next one away")
    func neverStarves() {
        var pace = PollPace()
        let answers = accepted((0..<3_000).map { Double($0) / 10 }, &pace)
        let times = answers.indices.filter { answers[$0] }
        #expect(times.count >= 10)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 290 })
    }

    @Test("recovers at once for a device that heeds slow_down, after whatever it did before")
    func recovery() {
        var pace = PollPace()
        _ = accepted((0..<100).map { Double($0) / 10 }, &pace)
        #expect(!accepted(stride(from: 30, to: 130, by: 5), &pace).contains(false))
    }

    @Test("is each device's own, and begins anew when a device is done")
    func perDevice() {
        let paces = PollPaces()
        let (one, two) = (DeviceAuthorization.ID(rawValue: 1), DeviceAuthorization.ID(rawValue: 2))
        #expect(paces.accept(one, at: .start))
        #expect(paces.accept(two, at: .start))
        #expect(!paces.accept(one, at: .start))
        paces.forget(one)
        #expect(paces.accept(one, at: .start))
        #expect(!paces.accept(two, at: .start))
    }
}
