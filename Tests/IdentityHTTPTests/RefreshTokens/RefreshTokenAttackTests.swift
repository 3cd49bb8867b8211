import Database
import HTTPTypes
import Identity
import JOSE
import Testing

/// security.md, "Refresh tokens": each attack as a raw request, its answer, and the state afterwards.
struct RefreshTokenAttackTests {
    @Test("of 100 refreshes of one token at once exactly one gets tokens, and at most one generation lives")
    func parallelRefreshes() async throws {
        try await withServer { server in
            let login = try await server.login()
            let answers = try await race(100) { try await server.refresh(login.refresh) }

            let winners = answers.filter { $0.status == .ok }
            #expect(winners.count == 1)
            #expect(answers.filter { $0.status == .badRequest && $0.error == "invalid_grant" }.count == 99)
            // The 99 others showed a spent token: someone has a copy, so the whole login is over.
            #expect(try await server.revocation(login.grant) == "reuse")
            #expect(try await server.generation(login.grant) == 2)
            let successor = try Tokens(try #require(winners.first))
            #expect(try await server.refresh(successor.refresh).error == "invalid_grant")
            #expect(try await server.events(.refreshTokenReuse) == 1)
        }
    }

    @Test("of 99 refreshes at once on three nodes exactly one gets tokens")
    func parallelRefreshesOnThreeNodes() async throws {
        let site = try TestSite()
        try await site.run { first in
            let login = try await first.login()
            try await site.run { second in
                try await site.run { third in
                    let nodes = [first, second, third]
                    let answers = try await race(99) { try await nodes[$0 % 3].refresh(login.refresh) }
                    #expect(answers.filter { $0.status == .ok }.count == 1)
                    #expect(try await third.generation(login.grant) == 2)
                    #expect(try await second.revocation(login.grant) == "reuse")
                }
            }
        }
    }

    @Test("a token spent before all nodes restarted is refused after it, and ends the grant")
    func replayAfterRestart() async throws {
        let site = try TestSite()
        let generations = try await site.result { server -> [Tokens] in
            let first = try await server.login()
            return [first, try Tokens(try await server.refresh(first.refresh))]
        }
        try await site.run { server in
            let (first, second) = (generations[0], generations[1])
            let replay = try await server.refresh(first.refresh)
            #expect(replay.error == "invalid_grant")
            #expect(try await server.revocation(first.grant) == "reuse")
            #expect(try await server.events(.refreshTokenReuse) == 1)
            #expect(try await server.refresh(second.refresh).error == "invalid_grant")
            #expect(try await server.me(second.access).status == .unauthorized)
        }
    }

    @Test("the first of three generations is refused inside any leeway, and the third is dead on the next request")
    func replayInsideLeeway() async throws {
        try await withServer { server in
            try await server.register("roomy") { $0.refreshReuseLeeway = .seconds(60) }
            let mail = try await server.magicLinkOf(client: "roomy")
            let first = try Tokens(
                try await server.post("/api/v1/auth/magic_link/verify", json: ["token": mail.token]))
            let second = try Tokens(try await server.refresh(first.refresh, idempotencyKey: "k"))
            let third = try Tokens(try await server.refresh(second.refresh, idempotencyKey: "k"))

            #expect(try await server.refresh(first.refresh, idempotencyKey: "k").error == "invalid_grant")
            #expect(try await server.refresh(third.refresh).error == "invalid_grant")
            #expect(try await server.revocation(first.grant) == "reuse")
            #expect(try await server.me(third.access).status == .unauthorized)
        }
    }

    @Test("a replay ends the login of one device and no other")
    func replayEndsOneDevice() async throws {
        try await withServer { server in
            let laptop = try await server.login()
            let phone = try await server.login()
            _ = try Tokens(try await server.refresh(laptop.refresh))
            _ = try await server.refresh(laptop.refresh)

            #expect(try await server.revocation(laptop.grant) == "reuse")
            #expect(try await server.me(phone.access).status == .ok)
            #expect(try await server.refresh(phone.refresh).status == .ok)
        }
    }

    @Test("client B cannot refresh A's token, and A's token is not harmed by the try")
    func otherClient() async throws {
        try await withServer { server in
            try await server.register("b")
            let login = try await server.login()
            let stolen = try await server.refresh(login.refresh, as: "b")
            #expect(stolen.status == .badRequest && stolen.error == "invalid_grant")
            #expect(try await server.generation(login.grant) == 1)
            #expect(try await server.refresh(login.refresh, as: Client.commandLine).status == .ok)
        }
    }

    @Test(
        "a confidential client is refused without its secret, with a wrong one, and by name alone",
        arguments: [nil, "wrong", ""])
    func confidentialClient(secret: String?) async throws {
        try await withServer { server in
            try await server.register("vault", secret: "open sesame")
            let login = try await server.login("ada@example.org", client: "vault", secret: "open sesame")

            let form = try await server.post(
                "/oauth/token",
                form: ["grant_type": "refresh_token", "refresh_token": login.refresh, "client_id": "vault"],
                headers: secret.map { .basic("vault", $0) } ?? [:])
            #expect(form.status == .unauthorized && form.error == "invalid_client")
            #expect(form.headers[.wwwAuthenticate]?.hasPrefix("Basic ") == true)
            let json = try await server.refresh(login.refresh)
            #expect(json.status == .unauthorized && json.error == "invalid_client")

            let honest = try await server.post(
                "/oauth/token", form: ["grant_type": "refresh_token", "refresh_token": login.refresh],
                headers: .basic("vault", "open sesame"))
            #expect(honest.status == .ok)
        }
    }

    @Test("a token altered in any one character is refused, and the true one still works")
    func alteredToken() async throws {
        try await withServer(TestSite.Options(limitsRates: false)) { server in
            let login = try await server.login()
            for altered in login.refresh.withEachCharacterChanged() {
                let answer = try await server.refresh(altered)
                #expect(answer.status == .badRequest && answer.error == "invalid_grant", "\(altered)")
            }
            #expect(try await server.generation(login.grant) == 1)
            #expect(try await server.revocation(login.grant) == nil)
            #expect(try await server.refresh(login.refresh).status == .ok)
        }
    }

    @Test("a token cut, padded, in another case, of another grant or of a generation to come is refused")
    func malformedToken() async throws {
        try await withServer { server in
            let login = try await server.login()
            let other = try await server.login("eve@example.org")
            let parts = login.refresh.split(separator: "_").map(String.init)
            let others = other.refresh.split(separator: "_").map(String.init)
            let forged = [
                String(login.refresh.dropLast()), login.refresh + "=", login.refresh + "A", " " + login.refresh,
                login.refresh + "\n", login.refresh.uppercased(), login.refresh.lowercased(),
                [parts[0], parts[1], "2", parts[3]].joined(separator: "_"),
                [parts[0], parts[1], "0", parts[3]].joined(separator: "_"),
                [parts[0], parts[1], "01", parts[3]].joined(separator: "_"),
                [parts[0], parts[1], "+1", parts[3]].joined(separator: "_"),
                [parts[0], parts[1], "-1", parts[3]].joined(separator: "_"),
                [parts[0], parts[1], "9223372036854775808", parts[3]].joined(separator: "_"),
                [parts[0], others[1], parts[2], parts[3]].joined(separator: "_"),
                [parts[0], parts[1], parts[2], others[3]].joined(separator: "_"),
                "lkr_", "lkr___", "", "null", String(repeating: "lkr_", count: 10_000),
            ]
            for token in forged {
                let answer = try await server.refresh(token)
                #expect(answer.status == .badRequest && answer.error == "invalid_grant", "\(token.prefix(80))")
            }
            #expect(try await server.livingGrants() == 2)
            #expect(try await server.refresh(login.refresh).status == .ok)
            #expect(try await server.refresh(other.refresh).status == .ok)
        }
    }

    @Test("while the storage fails the answer is 503, never a false 200, and the same call works afterwards")
    func storageFailure() async throws {
        let site = try TestSite()
        let login = try await site.result { server -> Tokens in
            let login = try await server.login()
            try await server.database.close()
            let answer = try await server.refresh(login.refresh)
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.error == "temporarily_unavailable")
            #expect(answer.headers[.retryAfter] != nil)
            #expect(!answer.text.contains("database"))
            return login
        }
        try await site.run { server in
            let again = try await server.refresh(login.refresh)
            #expect(again.status == .ok)
        }
    }

    @Test("refreshes that race with a revocation leave nothing alive behind it")
    func racingRevocation() async throws {
        try await withServer { server in
            for _ in 0..<5 {
                let login = try await server.login()
                let answers = try await race(10) { index in
                    index == 5
                        ? try await server.post("/api/v1/auth/revoke", jsonText: "", headers: .bearer(login.access))
                        : try await server.refresh(login.refresh, idempotencyKey: "same")
                }
                #expect(answers.contains { $0.status == .noContent })
                #expect(try await server.revocation(login.grant) != nil)
                for answer in answers where answer.status == .ok {
                    let tokens = try Tokens(answer)
                    #expect(try await server.refresh(tokens.refresh).error == "invalid_grant")
                    #expect(try await server.me(tokens.access).status == .unauthorized)
                }
            }
        }
    }
}
