import HTTPTypes
import Identity
import JOSE
import Testing

/// security.md, "Device flow".
struct DeviceFlowAttackTests {
    @Test("a code that A has opened is refused to B, who can neither approve nor deny it, and A still can")
    func openedByAnother() async throws {
        try await withServer { server in
            let device = try await server.device()
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let eve = try await server.browser(signedInAs: "eve@example.org")
            let page = try await ada.open(device)
            let adas = try #require(page.text.value(after: #"name="organization" value=""#))
            let eves = try #require(try await server.organization(of: "eve@example.org"))

            let opened = try await eve.open(device)
            #expect(opened.status == .badRequest)
            #expect(opened.text.contains("opened in another browser"))
            for decision in ["approve", "deny"] {
                for organization in [eves, adas] {
                    let answer = try await eve.decide(decision, device, in: organization)
                    #expect(answer.status == .badRequest)
                }
            }
            #expect(try await server.deviceStates() == ["pending"])
            #expect(try await server.poll(device).error == "authorization_pending")

            #expect(try await ada.decide("approve", device, in: adas).status == .ok)
            let tokens = try Tokens(try await server.poll(device))
            #expect(try tokens.organization.description == adas)
        }
    }

    @Test("A cannot let a device into an organization of B")
    func foreignOrganization() async throws {
        try await withServer { server in
            let device = try await server.device()
            let ada = try await server.browser(signedInAs: "ada@example.org")
            _ = try await server.browser(signedInAs: "eve@example.org")
            let eves = try #require(try await server.organization(of: "eve@example.org"))
            _ = try await ada.open(device)
            #expect(try await ada.decide("approve", device, in: eves).status == .badRequest)
            #expect(try await ada.decide("approve", device, in: "org_0000000000000").status == .badRequest)
            #expect(try await ada.decide("approve", device, in: "' OR 1=1").status == .badRequest)
            #expect(try await server.deviceStates() == ["pending"])
        }
    }

    @Test("denied stays denied: going back and approving changes nothing")
    func deniedIsFinal() async throws {
        try await withServer { server in
            let device = try await server.device()
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let page = try await ada.open(device)
            let organization = try #require(page.text.value(after: #"name="organization" value=""#))
            #expect(try await ada.decide("deny", device, in: organization).status == .ok)
            #expect(try await ada.decide("approve", device, in: organization).status == .badRequest)
            #expect(try await ada.open(device).status == .badRequest)
            #expect(try await server.deviceStates() == ["denied"])
            #expect(try await server.poll(device).error == "access_denied")
            #expect(try await server.livingGrants() == 0)
            #expect(try await server.events(.deviceAuthorizationDenied) == 1)
            #expect(try await server.events(.deviceAuthorizationApproved) == 0)
        }
    }

    @Test("approved stays approved, and a code that has given its tokens gives no more")
    func approvedIsFinal() async throws {
        try await withServer { server in
            let device = try await server.device()
            let ada = try await server.browser(signedInAs: "ada@example.org")
            _ = try await ada.approve(device)
            let organization = try #require(try await server.organization(of: "ada@example.org"))
            #expect(try await ada.decide("deny", device, in: organization).status == .badRequest)
            let tokens = try Tokens(try await server.poll(device))
            #expect(try await server.poll(device).error == "invalid_grant")
            #expect(try await ada.decide("approve", device, in: organization).status == .badRequest)
            #expect(try await server.livingGrants() == 1)
            #expect(try await server.me(tokens.access).status == .ok)
        }
    }

    @Test("of 20 polls that race after the approval exactly one gets tokens")
    func racingPolls() async throws {
        try await withServer { server in
            let device = try await server.device()
            let ada = try await server.browser(signedInAs: "ada@example.org")
            _ = try await ada.approve(device)
            let answers = try await race(20) { try await server.poll(device) }
            #expect(answers.filter { $0.status == .ok }.count == 1)
            #expect(answers.filter { $0.error == "invalid_grant" }.count == 19)
            #expect(try await server.number("SELECT count(*) FROM grants") == 1)
            #expect(try await server.events(.grantIssued) == 1)
        }
    }

    @Test("another client cannot collect the tokens, and the device still can")
    func otherClient() async throws {
        try await withServer { server in
            try await server.register("thief")
            try await server.register("vault", secret: "open sesame")
            let device = try await server.device()
            let ada = try await server.browser(signedInAs: "ada@example.org")
            _ = try await ada.approve(device)
            #expect(try await server.poll(device, as: "thief").error == "invalid_grant")
            let vault = try await server.post(
                "/oauth/token",
                form: [
                    "grant_type": Client.GrantType.deviceCode.rawValue, "device_code": device.deviceCode,
                ], headers: .basic("vault", "open sesame"))
            #expect(vault.error == "invalid_grant")
            #expect(try await server.poll(device, as: Client.commandLine).status == .ok)
        }
    }

    @Test("a confidential client collects its tokens with its secret only")
    func confidentialClient() async throws {
        try await withServer { server in
            try await server.register("vault", secret: "open sesame")
            let asked = try await server.post(
                "/oauth/device_authorization", form: ["client_id": "vault"])
            #expect(asked.status == .unauthorized && asked.error == "invalid_client")
            let device = try WaitingDevice(
                try await server.post(
                    "/oauth/device_authorization", formText: "", headers: .basic("vault", "open sesame")))
            let ada = try await server.browser(signedInAs: "ada@example.org")
            _ = try await ada.approve(device)
            for answer in [try await server.poll(device), try await server.poll(device, as: "vault")] {
                #expect(answer.status == .unauthorized && answer.error == "invalid_client")
            }
            let honest = try await server.post(
                "/oauth/token",
                form: ["grant_type": Client.GrantType.deviceCode.rawValue, "device_code": device.deviceCode],
                headers: .basic("vault", "open sesame"))
            #expect(honest.status == .ok)
        }
    }

    @Test("a client cannot ask for more than it may have, nor for an audience that is unknown")
    func widerScope() async throws {
        try await withServer { server in
            try await server.register("narrow") { $0.scopes = ScopeSet(["jobs:read"]) }
            for scope in ["jobs:write", "jobs:read jobs:write", "nonsense", "jobs:read\u{00e9}"] {
                let answer = try await server.post(
                    "/oauth/device_authorization", form: ["client_id": "narrow", "scope": scope])
                #expect(answer.status == .badRequest && answer.error == "invalid_scope", "\(scope)")
            }
            let target = try await server.post(
                "/oauth/device_authorization", form: ["client_id": "narrow", "resource": "https://evil.example"])
            #expect(target.error == "invalid_target")
            #expect(try await server.deviceStates().isEmpty)
            let all = try await server.post("/oauth/device_authorization", form: ["client_id": "narrow"])
            #expect(all.status == .ok)
        }
    }

    @Test("a client disabled between approval and poll gets nothing")
    func clientDisabled() async throws {
        try await withServer { server in
            let client = try await server.register("app")
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let named = try await server.device(["client_id": "app"])
            let unnamed = try await server.device(["client_id": "app"])
            _ = try await ada.approve(named)
            _ = try await ada.approve(unnamed)
            try await server.provider.clients.setDisabled(true, client, at: server.now, from: .server)
            #expect(try await server.poll(named, as: "app").error == "invalid_client")
            #expect(try await server.poll(unnamed).error == "invalid_grant")
            #expect(try await server.number("SELECT count(*) FROM grants") == 0)
        }
    }

    @Test("a user locked, or out of the organization, between approval and poll: the device gets nothing")
    func userLocked() async throws {
        try await withServer { server in
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let eve = try await server.browser(signedInAs: "eve@example.org")
            let (locked, left) = (try await server.device(), try await server.device())
            _ = try await ada.approve(locked)
            _ = try await eve.approve(left)
            try await server.setDisabled(true, "ada@example.org")
            let user = try #require(try await server.user("eve@example.org"))
            try await server.loseMemberships(user.id)
            #expect(try await server.poll(locked).error == "invalid_grant")
            #expect(try await server.poll(left).error == "invalid_grant")
            #expect(try await server.number("SELECT count(*) FROM grants") == 0)
        }
    }

    @Test("ten polls a second are slowed down, at the interval the device is heard again, and others never notice")
    func pace() async throws {
        try await withServer { server in
            let (greedy, honest) = (try await server.device(), try await server.device())
            #expect(try await server.poll(greedy).error == "authorization_pending")
            #expect(try await server.poll(honest).error == "authorization_pending")
            for _ in 0..<20 {
                server.site.clock.advance(by: .milliseconds(100))
                #expect(try await server.poll(greedy).error == "slow_down")
            }
            server.site.clock.advance(by: .seconds(3))
            #expect(try await server.poll(honest).error == "authorization_pending")
            // It keeps asking every five seconds, deaf to slow_down, and is heard within half a minute all the same.
            var answers: [String?] = []
            for _ in 0..<6 {
                server.site.clock.advance(by: .seconds(5))
                answers.append(try await server.poll(greedy).error)
                #expect(try await server.poll(honest).error == "authorization_pending")
            }
            #expect(answers.contains("authorization_pending"))
            server.site.clock.advance(by: .seconds(30))
            #expect(try await server.poll(greedy).error == "authorization_pending")
            server.site.clock.advance(by: .seconds(5))
            #expect(try await server.poll(greedy).error == "authorization_pending")
        }
    }

    @Test("an approval counts at once: a device that polls too fast gets its tokens, not another slow_down")
    func approvalIsNotDelayed() async throws {
        try await withServer { server in
            let device = try await server.device()
            for _ in 0..<5 { _ = try await server.poll(device) }
            let ada = try await server.browser(signedInAs: "ada@example.org")
            _ = try await ada.approve(device)
            #expect(try await server.poll(device).status == .ok)
        }
    }

    @Test("codes are over after ten minutes, whether they were opened or approved or not")
    func expiry() async throws {
        try await withServer { server in
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let (fresh, opened, approved) = (
                try await server.device(), try await server.device(), try await server.device()
            )
            let page = try await ada.open(opened)
            let organization = try #require(page.text.value(after: #"name="organization" value=""#))
            _ = try await ada.approve(approved)
            server.site.clock.advance(by: DeviceAuthorization.lifetime)
            #expect(try await ada.open(fresh).status == .badRequest)
            #expect(try await ada.decide("approve", opened, in: organization).status == .badRequest)
            for device in [fresh, opened, approved] {
                #expect(try await server.poll(device).error == "expired_token")
            }
            #expect(try await server.livingGrants() == 0)
        }
    }

    @Test("approve and deny at once, from two tabs: one of them counts, and the device is told that one")
    func racingDecisions() async throws {
        try await withServer { server in
            for _ in 0..<5 {
                let device = try await server.device()
                let ada = try await server.browser(signedInAs: "ada@example.org")
                let page = try await ada.open(device)
                let organization = try #require(page.text.value(after: #"name="organization" value=""#))
                let answers = try await race(10) { index in
                    try await ada.decide(index.isMultiple(of: 2) ? "approve" : "deny", device, in: organization)
                }
                #expect(answers.filter { $0.status == .ok }.count == 1)
                let isApproved = try #require(answers.first { $0.status == .ok }).text.contains("ada@example.org")
                let poll = try await server.poll(device)
                #expect(isApproved ? poll.status == .ok : poll.error == "access_denied")
            }
        }
    }
}
