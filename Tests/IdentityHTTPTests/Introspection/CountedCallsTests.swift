import HTTPTypes
import Identity
import JOSE
import LatchkeyVerifier
import Testing

/// What an API answers out of its memory is counted here too, once it says so.
struct CountedCallsTests {
    private func uses(_ minted: MintedToken, by login: Tokens, _ server: TestServer) async throws -> Int64? {
        try await server.provider.apiTokens.flushUses()
        let usage = try await server.call(.get, try minted.path + "/usage", by: login).json
        #expect(usage["days"]?.array?.first?.object?["calls"]?.integer ?? 0 == usage["uses_this_period"]?.integer)
        return usage["uses_this_period"]?.integer
    }

    private func ask(_ json: String, _ headers: HTTPFields, _ server: TestServer) async throws -> Answer {
        try await server.post("/oauth/introspect", jsonText: json, headers: headers)
    }

    @Test("uses_this_period is how many calls an API answered, by its kit's own telling", arguments: [true, false])
    func told(isBatch: Bool) async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let minted = [try await server.mint(by: ada), try await server.mint(by: ada)]
            let secrets = try minted.map { try $0.secret }
            let api = server.resourceServer(isBatch: isBatch)
            var answered = 0
            for round in 1...3 {
                // Those that come at once share a question, and those after them are answered out of memory.
                let now = server.now
                answered += try await withThrowingTaskGroup(of: Int.self) { group in
                    for call in 0..<20 {
                        group.addTask {
                            _ = try await api.verify(secrets[call % 2], at: now)
                            return 1
                        }
                    }
                    return try await group.reduce(0, +)
                }
                for _ in 0..<30 {
                    _ = try await api.verify(secrets[0], at: now)
                    answered += 1
                }
                #expect(answered == 50 * round)
                server.site.clock.advance(by: Introspection.activeLifetime)
            }
            for secret in secrets {
                _ = try await api.verify(secret, at: server.now)
                answered += 1
            }
            let uses = [try await uses(minted[0], by: ada, server), try await uses(minted[1], by: ada, server)]
            #expect(uses == [121, 31] && answered == 152)
            let limits = try await server.introspect(secrets[0])["limits"]?.object
            #expect(limits?["calls_this_period"]?.integer == 152, "the quota is the organization's")
        }
    }

    @Test("a batch tells of each token by its place; one and the same token twice counts both")
    func batch() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let (one, two) = (try await server.mint(by: ada), try await server.mint(by: ada))
            let tokens = [try one.secret, ada.access, "nonsense", try two.secret, try one.secret]
            let list = tokens.map { "\"\($0)\"" }.joined(separator: ",")
            let client = HTTPFields.basic("resource", "its secret")
            for calls in [#","calls":[17,5,9,1000000,3]"#, #","calls":null"#, ""] {
                let answer = try await ask("{\"tokens\":[\(list)]\(calls)}", client, server)
                let told = try #require(try answer.json["tokens"]?.array).compactMap(\.object)
                #expect(told.map { $0["active"]?.bool } == [true, true, false, true, true])
            }
            #expect(try await uses(one, by: ada, server) == 17 + 3 + 2 + 2)
            #expect(try await uses(two, by: ada, server) == 1_000_000 + 1 + 1)
        }
    }

    @Test(
        "calls of a batch that are none are refused and named, nothing is counted, and a token's holder tells nothing")
    func refused() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let minted = try await server.mint(by: ada)
            let secret = try minted.secret
            let client = HTTPFields.basic("resource", "its secret")
            for calls in [
                "[]", "[1]", "[1,1,1]", "[1,0]", "[-1,1]", "[1,1000001]", "[1,9223372036854775808]", "[1,1.5]",
                "[1,1e3]",
                #"["1","1"]"#, "[1,null]", "[[1],1]", "2", #""1,1""#, #"{"0":1,"1":1}"#, "true",
            ] {
                let answer = try await ask(#"{"tokens":["\#(secret)","\#(secret)"],"calls":\#(calls)}"#, client, server)
                #expect(answer.status == .badRequest && answer.error == "invalid_request", "\(calls)")
                #expect(answer.text.contains("calls") && !answer.text.contains("active"), "\(calls): \(answer.text)")
            }
            let told = #"{"tokens":["\#(secret)"],"calls":[17]}"#
            #expect(try await ask(told, .bearer(ada.access), server).status == .badRequest)
            for headers in [HTTPFields(), .basic("resource", "wrong")] {
                #expect(try await ask(told, headers, server).status == .unauthorized)
            }
            #expect(try await uses(minted, by: ada, server) == 0)
            #expect(try await ask(told, client, server).status == .ok)
            #expect(try await uses(minted, by: ada, server) == 17)
        }
    }
}
