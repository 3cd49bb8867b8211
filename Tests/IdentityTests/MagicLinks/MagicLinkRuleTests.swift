import JOSE
import Testing

@testable import Identity

@Suite("The rules of a magic link")
struct MagicLinkRuleTests {
    private static let end = Instant.start + MagicLink.lifetime

    private func link(
        _ state: MagicLink.State = .waiting, wrongCodes: Int64 = 0,
        asker: MagicLink.Asker = .browser(digest: [1], matchCode: "42")
    ) throws -> MagicLink {
        MagicLink(
            id: .init(rawValue: 1), email: try #require(EmailAddress("ada@example.com")), asker: asker, returnTo: "/",
            state: state, wrongCodes: wrongCodes, address: "", agent: "", createdAt: .start, expiresAt: Self.end)
    }

    private typealias Step = (name: String, apply: @Sendable (inout MagicLink, Instant) -> MagicLinkRefusal?)

    private let steps: [(step: Step, leadsTo: MagicLink.State, inTime: MagicLinkRefusal?)] = [
        (("link opened", { $0.spend(at: $1) }), .spent, nil),
        (("right digits", { $0.spend(codeIsRight: true, at: $1) }), .spent, nil),
        (("right match code", { $0.approve(matchCode: "42", at: $1) }), .approved, nil),
        (("wrong digits", { $0.spend(codeIsRight: false, at: $1) }), .waiting, .wrongCode),
        (("wrong match code", { $0.approve(matchCode: "43", at: $1) }), .waiting, .wrongCode),
    ]

    @Test("each step is good while the link is alive")
    func alive() throws {
        for state in [MagicLink.State.waiting, .approved] {
            for (step, leadsTo, refusal) in steps {
                var link = try link(state)
                let answer = step.apply(&link, Self.end - .microseconds(1))
                #expect(answer == refusal, "\(step.name) of a link \(state)")
                #expect(link.state == (refusal == nil ? leadsTo : state))
                #expect(link.wrongCodes == (refusal == nil ? 0 : 1))
            }
        }
    }

    @Test("no step does anything once its time is over, or its state is final")
    func over() throws {
        let dead: [(MagicLink.State, Instant, MagicLinkRefusal)] = [
            (.waiting, Self.end, .expired), (.approved, Self.end, .expired), (.spent, .start, .used),
            (.superseded, .start, .superseded), (.locked, .start, .locked), (.spent, Self.end, .used),
        ]
        for (state, now, refusal) in dead {
            for (step, _, _) in steps {
                var link = try link(state)
                let answer = step.apply(&link, now)
                #expect(answer == refusal, "\(step.name) of a link \(state)")
                #expect(link.state == state)
                #expect(link.wrongCodes == 0)
            }
        }
    }

    @Test("the fifth wrong code, of whatever kind, ends the link for the right ones too")
    func fiveWrong() throws {
        for pattern in 0..<32 {
            var link = try link()
            var answers: [MagicLinkRefusal?] = []
            for attempt in 0..<5 {
                let isMatchCode = pattern >> attempt & 1 == 1
                answers.append(
                    isMatchCode ? link.approve(matchCode: "", at: .start) : link.spend(codeIsRight: false, at: .start))
            }
            #expect(answers == [.wrongCode, .wrongCode, .wrongCode, .wrongCode, .locked])
            #expect(link.state == .locked)
            answers = [
                link.spend(at: .start), link.spend(codeIsRight: true, at: .start),
                link.approve(matchCode: "42", at: .start),
            ]
            #expect(answers == [.locked, .locked, .locked])
            #expect(link.wrongCodes == 5)
        }
    }

    @Test("digits are not heard once the address has had twenty wrong codes; the link and the match code are")
    func exhausted() throws {
        for isRight in [true, false] {
            var link = try link()
            let last = link.spend(codeIsRight: isRight, wrongCodesOfAddress: 19, at: .start)
            #expect(last == (isRight ? nil : .wrongCode))
            link = try self.link()
            let exhausted = link.spend(codeIsRight: isRight, wrongCodesOfAddress: 20, at: .start)
            #expect(exhausted == .codesExhausted)
            #expect(link.state == .waiting)
            #expect(link.wrongCodes == 0)
            let opened = link.spend(at: .start)
            #expect(opened == nil)
        }
    }

    @Test("only the whole match code is right", arguments: ["", "4", "2", "42 ", "042", "24", "٤٢", "4２"])
    func matchCode(typed: String) throws {
        var link = try link()
        let answer = link.approve(matchCode: typed, at: .start)
        #expect(answer == .wrongCode)
    }

    @Test("what an application asked for has no match code, and trying one does not count")
    func application() throws {
        var link = try link(asker: .application(.init(rawValue: 1)))
        let answer = link.approve(matchCode: "42", at: .start)
        #expect(answer == .unknown)
        #expect(link.wrongCodes == 0)
        #expect(!link.isAsked(byBrowser: [1]))
    }

    @Test("a browser is known by its cookie alone")
    func browser() throws {
        let link = try link()
        #expect(link.isAsked(byBrowser: [1]))
        for digest: [UInt8]? in [nil, [], [2], [1, 1]] {
            #expect(!link.isAsked(byBrowser: digest))
        }
    }
}
