import HTTPTypes
import Identity
import JOSE
import Testing

/// security.md, "JWT", as tokens meet our own endpoints and introspection.
struct AccessTokenAttackTests {
    @Test("a token as it should be is taken, so that the refusals below mean something")
    func honestForgery() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let token = try server.signed(server.header(), server.claims(of: login))
            #expect(try await server.me(token).status == .ok)
            let answer = try await server.post(
                "/oauth/introspect", form: ["token": token], headers: .basic("resource", "its secret"))
            #expect(try answer.json["active"]?.bool == true)
        }
    }

    @Test(
        "a token without a signature algorithm of ours is refused",
        arguments: ["none", "None", "NONE", "", "HS256", "RS256", "PS256", "EdDSA", "ES384", "es256"])
    func algorithm(_ name: String) async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let header = server.header([("alg", "\"\(name)\"")])
            let token = try server.signed(header, server.claims(of: login))
            try await server.expectRefused(token, "true signature")
            let unsigned = token.split(separator: ".").dropLast().joined(separator: ".") + "."
            try await server.expectRefused(unsigned, "no signature")
            #expect(try await server.me(login.access).status == .ok)
        }
    }

    @Test("HS256 keyed with our public key, in whatever form, is refused")
    func keyConfusion() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let keys = try JSONValue.parse(try await server.get("/.well-known/jwks.json").body)
            let jwk = try #require(keys.object?["keys"]?.array?.first)
            let x = try #require(jwk.object?["x"]?.string.flatMap { Base64URL.decode($0) })
            let y = try #require(jwk.object?["y"]?.string.flatMap { Base64URL.decode($0) })
            let der = try #require(
                Base64URL.decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE" + Base64URL.encode(x + y)))
            let pem = "-----BEGIN PUBLIC KEY-----\n\(der.base64)\n-----END PUBLIC KEY-----\n"
            let secrets = [der, Array(pem.utf8), Array(pem.utf8.dropLast()), jwk.serialized(), x, y, x + y, []]
            for secret in secrets {
                let header = server.header([("alg", #""HS256""#)])
                let input =
                    Base64URL.encode(Array(header.utf8)) + "."
                    + Base64URL.encode(Array(try server.claims(of: login).utf8))
                let code = HMACSHA256(key: Secret(secret)).code(for: Array(input.utf8))
                try await server.expectRefused(input + "." + Base64URL.encode(code), "\(secret.count) bytes")
            }
        }
    }

    @Test(
        "a kid that names no key of ours never falls to a default key",
        arguments: [
            nil, #""""#, "null", "1", #""unknown""#, #""../../keys/master.key""#, #""/dev/null""#,
            #""' OR '1'='1""#, #""\u0000""#, "\"" + String(repeating: "k", count: 9_000) + "\"",
        ])
    func keyID(_ json: String?) async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let token = try server.signed(server.header([("kid", json)]), server.claims(of: login))
            try await server.expectRefused(token, "kid \(json?.prefix(20) ?? "missing")")
        }
    }

    @Test("a kid of a megabyte is refused for its size, and the server lives")
    func hugeKeyID() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let kid = "\"" + String(repeating: "k", count: 1_000_000) + "\""
            let token = try server.signed(server.header([("kid", kid)]), server.claims(of: login))
            #expect(try await server.me(token).status == .requestHeaderFieldsTooLarge)
            let answer = try await server.post(
                "/oauth/introspect", form: ["token": token], headers: .basic("resource", "its secret"))
            #expect(answer.status == .contentTooLarge)
            #expect(try await server.me(login.access).status == .ok)
        }
    }

    @Test(
        "a header that brings or names a key, or changes how the token is read, is refused",
        arguments: [
            ("jku", #""https://evil.example/keys""#), ("x5u", #""https://evil.example/cert""#),
            ("jwk", #"{"kty":"EC","crv":"P-256"}"#), ("x5c", #"["MIIB"]"#), ("crit", #"["exp"]"#), ("crit", "[]"),
            ("b64", "false"),
        ])
    func headerMember(_ name: String, _ json: String) async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let token = try server.signed(server.header([(name, json)]), server.claims(of: login))
            try await server.expectRefused(token, "\(name)")
        }
    }

    @Test(
        "a JWT of ours of another type is no access token",
        arguments: [nil, #""JWT""#, #""id+jwt""#, #""logout+jwt""#, #""at+JWT ""#, #""""#, "1", "null"])
    func type(_ json: String?) async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let token = try server.signed(server.header([("typ", json)]), server.claims(of: login))
            try await server.expectRefused(token, "typ \(json ?? "missing")")
        }
    }

    @Test(
        "claims that are missing, of the wrong type, or someone else's are refused",
        arguments: [
            ("iss", nil), ("iss", #""https://id.example.com/""#), ("iss", #""https://ID.example.com""#),
            ("iss", #""https://evil.example""#), ("iss", #"["https://id.example.com"]"#), ("iss", "null"),
            ("aud", nil), ("aud", "null"), ("aud", "1"), ("aud", "[1]"),
            ("exp", nil), ("exp", #""1895000000""#), ("exp", "1895000000.5"), ("exp", "-1"),
            ("exp", "9223372036854775808"), ("exp", "1e300"), ("exp", "0"), ("exp", "null"),
            ("nbf", "1895000000"), ("nbf", #""0""#), ("iat", "1895000000"), ("iat", nil), ("iat", #""0""#),
            ("sub", nil), ("sub", "1"), ("sub", #""""#), ("sid", nil), ("sid", "1"),
            ("sid", #""grt_0000000000000""#), ("sid", #""' OR 1=1 --""#), ("client_id", nil), ("jti", nil),
            ("scope", "[]"),
        ] as [(String, String?)])
    func claim(_ name: String, _ json: String?) async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let token = try server.signed(server.header(), server.claims(of: login, [(name, json)]))
            try await server.expectRefused(token, "\(name) \(json ?? "missing")")
        }
    }

    @Test(
        "a token for another API, also in an array with a lookalike of ours, opens nothing but its own end",
        arguments: [
            #""https://api.crewkeel.example""#, #"["https://id.example.com/","https://api.crewkeel.example"]"#,
            #"["https://id.example.com.evil.example"]"#, #""https://id.example.co""#,
        ])
    func audience(_ json: String) async throws {
        try await withServer { server in
            let login = try await server.login()
            let headers = HTTPFields.bearer(
                try server.signed(server.header(), server.claims(of: login, [("aud", json)])))
            for path in ["/api/v1/auth/organizations", "/api/v1/auth/sessions"] {
                let answer = try await server.get(path, headers: headers)
                #expect(answer.status == .unauthorized && answer.error == "invalid_token")
            }
            let rename = try await server.send(
                .patch, "/api/v1/auth/me", headers: headers, body: Array(#"{"name":"Mallory"}"#.utf8))
            #expect(rename.status == .unauthorized)
            let organization = try login.organization.description
            let change = try await server.post(
                "/api/v1/auth/switch", json: ["organization": organization], headers: headers)
            #expect(change.status == .unauthorized)
            let end = try await server.send(
                .delete, "/api/v1/auth/sessions/\(try login.grant)", headers: headers)
            #expect(end.status == .unauthorized)
            #expect(try await server.livingGrants() == 1)
        }
    }

    @Test("an expired token is refused once the stated tolerance is over, which is at most 60 seconds")
    func expiry() async throws {
        try await withServer { server in
            let login = try await server.login()
            server.site.clock.advance(by: AccessTokens.lifetime - .seconds(5))
            #expect(try await server.me(login.access).status == .ok)
            server.site.clock.advance(by: .seconds(65))
            let late = try await server.me(login.access)
            #expect(late.status == .unauthorized && late.error == "invalid_token")
        }
    }

    @Test("JSON that two readers could read in two ways is refused, and the process lives")
    func ambiguousJSON() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let claims = try server.claims(of: login)
            let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
            let payloads: [[UInt8]] = [
                Array(claims.dropLast().utf8) + Array(#","sub":"usr_0000000000000"}"#.utf8),
                Array(claims.dropLast().utf8) + Array(#","\u0073ub":"usr_0000000000000"}"#.utf8),
                Array(claims.dropLast().utf8) + Array(#","x":"\ud800"}"#.utf8),
                Array(claims.dropLast().utf8) + Array(#","x":""#.utf8) + [0xFF, 0xFE] + Array("\"}".utf8),
                Array(claims.dropLast().utf8) + Array(#","x":""#.utf8) + [0x00] + Array("\"}".utf8),
                Array(claims.utf8) + [0x00], Array(claims.utf8) + Array("{}".utf8),
                [0xEF, 0xBB, 0xBF] + Array(claims.utf8),
                Array("[\(claims)]".utf8), Array("null".utf8), [],
            ]
            for (index, payload) in payloads.enumerated() {
                let token = try server.signed(Array(server.header().utf8), payload)
                try await server.expectRefused(token, "payload \(index)")
            }
            let nested = try server.signed(
                Array(server.header().utf8), Array(claims.dropLast().utf8) + Array(",\"x\":\(deep.prefix(3_000))".utf8))
            try await server.expectRefused(nested, "deep")
            let twice = Array(server.header().dropLast().utf8) + Array(#","alg":"none"}"#.utf8)
            try await server.expectRefused(try server.signed(twice, Array(claims.utf8)), "two algorithms")
            #expect(try await server.me(login.access).status == .ok)
        }
    }

    @Test("base64url has one spelling: no padding, white space, other alphabet, or trailing bits")
    func spellings() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let parts = login.access.split(separator: ".").map(String.init)
            let last = parts[2]
            let trailing = String(last.dropLast()) + String(Self.neighbour(of: try #require(last.last)))
            let signed = "\(parts[0]).\(parts[1])."
            let spellings = [
                login.access + "=", login.access + "==", "\(parts[0])=.\(parts[1]).\(last)",
                "\(parts[0])\u{A0}.\(parts[1]).\(last)", "\(parts[0]).\(parts[1])%0A.\(last)", signed + trailing,
                String(signed.dropLast()), login.access + ".", "." + login.access, "\(parts[0])..\(last)",
                "\(login.access).\(last)", login.access.lowercased(),
            ]
            for spelling in spellings { try await server.expectRefused(spelling, "\(spelling.suffix(20))") }
            #expect(try await server.me(login.access).status == .ok)
        }
    }

    @Test("a signature that is zero, too great, cut, doubled or in DER is refused")
    func signatures() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let input = login.access.split(separator: ".").dropLast().joined(separator: ".")
            let last = try #require(login.access.split(separator: ".").last)
            let genuine = try #require(Base64URL.decode(String(last)))
            let (r, s) = (Array(genuine.prefix(32)), Array(genuine.suffix(32)))
            let zero = [UInt8](repeating: 0, count: 32)
            let order = try #require(Base64URL.decode("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE"))
            let full = [UInt8](repeating: 0xFF, count: 32)
            let der = [0x30, 0x46, 0x02, 0x21, 0x00] + r + [0x02, 0x21, 0x00] + s
            let signatures = [
                zero + zero, zero + s, r + zero, order + s, r + order, full + full, r, genuine + [0], [0] + genuine,
                Array(genuine.dropLast()), s + r, der, [], [0], r + s + r + s,
            ]
            for (index, signature) in signatures.enumerated() {
                try await server.expectRefused(input + "." + Base64URL.encode(signature), "signature \(index)")
            }
        }
    }

    @Test("a token signed by someone else's key under our key's name is refused")
    func foreignKey() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let foreign = try SigningKey.generate(.es256)
            let input =
                Base64URL.encode(Array(server.header().utf8)) + "."
                + Base64URL.encode(Array(try server.claims(of: login).utf8))
            let token = input + "." + Base64URL.encode(try foreign.sign(Array(input.utf8)))
            try await server.expectRefused(token, "our kid")
            let own = try foreign.token(type: "at+jwt", claims: Array(try server.claims(of: login).utf8))
            try await server.expectRefused(own, "its own kid")
        }
    }

    @Test("a token is taken from the Authorization header alone, once, and as Bearer")
    func places() async throws {
        try await withServer { server in
            let login = try await server.login()
            var twice = HTTPFields()
            for _ in 0..<2 { twice.append(HTTPField(name: .authorization, value: "Bearer \(login.access)")) }
            let wrong: [HTTPFields] = [
                twice, [:], [.authorization: login.access], [.authorization: "Basic \(login.access)"],
                [.authorization: "Bearer"], [.authorization: "Bearer "], [.authorization: "Bearer  \(login.access)"],
                [.authorization: "Bearer \(login.access), Bearer \(login.access)"],
                [.cookie: "__Host-latchkey=\(login.access)"],
            ]
            for headers in wrong {
                let answer = try await server.get("/api/v1/auth/me", headers: headers)
                #expect(answer.status == .unauthorized, "\(headers)")
                #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer ") == true)
            }
            let query = try await server.get("/api/v1/auth/me?access_token=\(login.access)")
            #expect(query.status == .unauthorized)
            let lower = try await server.get(
                "/api/v1/auth/me", headers: [.authorization: "bearer \(login.access)"])
            #expect(lower.status == .ok)
        }
    }

    /// The letter that differs in the lowest bit alone, which 64 bytes leave unused.
    private static func neighbour(of letter: Character) -> Character {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        guard let index = alphabet.firstIndex(of: letter) else { return letter }
        return alphabet[index ^ 1]
    }
}
