import JOSE
import Testing

@testable import Identity

@Suite("The rules of a step-up")
struct StepUpRuleTests {
    @Test("a proof counts for five minutes, and not a microsecond longer", arguments: StepUp.Method.allCases)
    func age(method: StepUp.Method) {
        let proof = StepUp(method, at: .start)
        #expect(proof.isProven(at: .start))
        #expect(proof.isProven(at: .start + .seconds(300) - .microseconds(1)))
        #expect(!proof.isProven(at: .start + .seconds(300)))
        #expect(!proof.isProven(at: .start + .seconds(86_400)))
        #expect(proof.isProven(at: .start - .seconds(60)), "the clocks of two nodes differ")
        #expect(!proof.isProven(at: .start - .seconds(61)))
        #expect(proof.validUntil == .start + .seconds(300))
    }

    @Test("none at all does not count")
    func none() {
        let never: StepUp? = nil
        #expect(!never.isProven(at: .start))
    }

    @Test("a grant tells it beside its login: when, how, and that it was")
    func claims() {
        var grant = Grant.example()
        #expect(grant.contextClass == nil && grant.authenticationMethods == ["email"] && grant.lastAuthTime == .start)
        grant.stepUp = StepUp(.totp, at: .start + .seconds(60))
        #expect(grant.contextClass == "urn:latchkey:acr:step-up")
        #expect(grant.authenticationMethods == ["email", "otp", "mfa"])
        #expect(grant.lastAuthTime == .start + .seconds(60))
        grant.stepUp = StepUp(.recoveryCode, at: .start - .seconds(60))
        #expect(grant.lastAuthTime == .start, "it never goes back")
    }

    @Test("no step is accepted twice, nor one before it, in whatever order codes of a while come")
    func steps() {
        var random = SeededNumbers(seed: 4226)
        for _ in 0..<100 {
            var secret = TOTPSecret(
                id: .init(rawValue: 1), user: .init(rawValue: 1), state: .confirmed,
                totp: TOTP(secret: Secret((0..<20).map { _ in UInt8.random(in: 0...255, using: &random) })),
                lastStep: 0, createdAt: .start)
            var now = Instant.start
            for _ in 0..<60 {
                now = now + .seconds(Int64.random(in: 0...20, using: &random))
                let wanted = TOTP.step(at: now) + .random(in: -2...2, using: &random)
                let before = secret.lastStep
                let refusal = secret.accept(secret.totp.code(of: wanted), at: now)
                if refusal == nil {
                    #expect(secret.lastStep > before)
                    #expect(abs(secret.lastStep - TOTP.step(at: now)) <= 1)
                } else {
                    #expect(secret.lastStep == before)
                }
                if wanted <= before {
                    #expect(refusal != nil || secret.totp.code(of: secret.lastStep) == secret.totp.code(of: wanted))
                }
            }
        }
    }

    @Test("the fifth wrong code in a row begins a pause, each further five one twice as long, up to a day")
    func pauses() {
        var wrong = WrongProofs()
        var now = Instant.start
        var pauses: [Int64] = []
        for _ in 0..<50 {
            #expect(wrong.lockedUntil(now) == nil)
            if let end = wrong.miss(at: now) {
                #expect(wrong.lockedUntil(end - .microseconds(1)) == end)
                #expect(wrong.count % 5 == 0)
                pauses.append(now.duration(to: end).components.seconds)
                now = end
            }
        }
        #expect(pauses == [900, 1_800, 3_600, 7_200, 14_400, 28_800, 57_600, 86_400, 86_400, 86_400])
    }

    @Test("a pause ends even for who has missed more often than can be counted")
    func manyMisses() throws {
        var wrong = WrongProofs(count: .max - 2, lastAt: .start)
        for _ in 0..<5 { _ = wrong.miss(at: .start) }
        #expect(wrong.count == .max)
        #expect(wrong.lockedUntil(.start + .seconds(86_400)) == nil)
    }

    @Test("a recovery code may be typed as people do, and is nothing else")
    func recoveryCodes() throws {
        let code = RecoveryCode(random: .system)
        #expect(code.text.utf8.count == 11)
        let bare = code.text.filter { $0 != "-" }
        for typed in [code.text, bare, code.text.uppercased(), " \(code.text) ", bare.replacing("0", with: "O")] {
            #expect(RecoveryCode(typed: typed)?.text == code.text, "\(typed)")
        }
        #expect(RecoveryCode(typed: "il000-00000")?.text == "11000-00000")
        for typed in ["", "123456", bare + "0", String(bare.dropLast()), "uuuuu-uuuuu", "ａbcde-fghjk"] {
            #expect(RecoveryCode(typed: typed) == nil, "\(typed)")
        }
    }
}
