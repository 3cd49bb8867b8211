import Identity
import JOSE
import Logging
import Testing

@testable import latchkey

@Suite("The server's configuration")
struct ServerConfigurationTests {
    private func configuration(
        flags: [String: String] = [:], environment: [String: String] = [:], file: String? = nil
    ) async throws -> ServerConfiguration {
        let directory = try TemporaryDirectory()
        if let file { try directory.write(file, to: "latchkey.json") }
        return try await ServerConfiguration(flags: flags, environment: environment, directory: directory.path)
    }

    private func refusal(
        flags: [String: String] = [:], environment: [String: String] = [:], file: String? = nil
    ) async -> ConfigurationRefusal? {
        await #expect(throws: ConfigurationRefusal.self) {
            try await configuration(flags: flags, environment: environment, file: file)
        }
    }

    @Test("nothing given is what the reference says")
    func defaults() async throws {
        let configuration = try await configuration()
        #expect(!configuration.isDevelopment)
        #expect(configuration.hostname == "127.0.0.1")
        #expect(configuration.port == 8080)
        #expect(configuration.issuer(listeningOn: 8080)?.description == "http://localhost:8080")
        #expect(configuration.dataDirectory == "./data")
        #expect(configuration.keysDirectory == "./keys")
        #expect(configuration.logLevel == .info)
        #expect(configuration.logFormat == .text)
        #expect(configuration.limitsRates)
        #expect(configuration.signUp == .closed)
        #expect(configuration.masterKey == nil)
    }

    @Test("flags are stronger than the environment, which is stronger than the file")
    func layers() async throws {
        let configuration = try await configuration(
            flags: ["port": "3"], environment: ["LATCHKEY_PORT": "2", "LATCHKEY_DATA": "/two"],
            file: #"{"port": 1, "data": "/one", "keys": "/one", "dev": true}"#)
        #expect(configuration.port == 3)
        #expect(configuration.dataDirectory == "/two")
        #expect(configuration.keysDirectory == "/one")
        #expect(configuration.isDevelopment)
        #expect(configuration.signUp == .open)
    }

    @Test("an issuer that nobody named follows the port that was found free")
    func freePort() async throws {
        let configuration = try await configuration(flags: ["port": "0"])
        #expect(configuration.port == 0)
        #expect(configuration.issuer(listeningOn: 49152)?.description == "http://localhost:49152")
    }

    @Test("a named issuer stays, whatever the port")
    func namedIssuer() async throws {
        let configuration = try await configuration(environment: ["LATCHKEY_ISSUER": "https://id.example.com"])
        #expect(configuration.issuer(listeningOn: 1)?.description == "https://id.example.com")
    }

    @Test("the file given with --config is read instead of latchkey.json, and must exist")
    func explicitFile() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(#"{"port": 1}"#, to: "latchkey.json")
        try directory.write(#"{"port": 2}"#, to: "other.json")
        let configuration = try await ServerConfiguration(
            flags: [:], environment: [:], file: directory.path + "/other.json", directory: directory.path)
        #expect(configuration.port == 2)
        for nothing in [directory.path + "/none.json", "/dev/null", directory.path] {
            await #expect(throws: ConfigurationRefusal.self, "\(nothing)") {
                try await ServerConfiguration(
                    flags: [:], environment: [:], file: nothing, directory: directory.path)
            }
        }
    }

    @Test("an unknown setting in the file is refused with the nearest known one")
    func unknownInFile() async throws {
        let refusal = await refusal(file: #"{"prot": 1}"#)
        guard case .unknownSetting("prot", let place, "port") = refusal else {
            Issue.record("refused with \(String(describing: refusal))")
            return
        }
        #expect(place.hasSuffix("/latchkey.json"))
    }

    @Test("an unknown LATCHKEY_ variable is refused with the nearest known one")
    func unknownInEnvironment() async {
        let refusal = await refusal(environment: ["LATCHKEY_HOSTNAM": "x"])
        #expect(
            refusal == .unknownSetting("LATCHKEY_HOSTNAM", place: "the environment", nearest: "LATCHKEY_HOSTNAME"))
    }

    @Test("a name that is far from all others is refused without a guess")
    func farName() async {
        let refusal = await refusal(environment: ["LATCHKEY_FOO": "x"])
        #expect(refusal?.message == "Unknown setting LATCHKEY_FOO in the environment.")
        #expect(await self.refusal(file: #"{"colour": 1}"#)?.message.contains("mean") == false)
    }

    @Test("two settings that contradict each other are told with the file that has them")
    func contradictionInFile() async {
        let refusal = await refusal(flags: ["dev": "true"], file: #"{"hostname": "0.0.0.0"}"#)
        guard case .contradiction(let settings, _) = refusal else {
            Issue.record("refused with \(String(describing: refusal))")
            return
        }
        #expect(settings.hasPrefix("--dev and hostname 0.0.0.0 in /") && settings.hasSuffix("/latchkey.json"))
    }

    @Test(
        "a fault of the file is told in a sentence, with its line and column or how to write the value",
        arguments: [
            ("{\n  \"mail_from\": \"ä\",x\n}", "it is not JSON: at line 2, column 20 stands something"),
            ("{", "it ends before its value does."), (#"{"port": 1, "port": 2}"#, "the member “port” twice"),
            (#"{"port": "8080"}"#, #"is "8080" but must be a number from 0 to 65535: write 8080 without quotes."#),
            (#"{"dev": "true"}"#, "write true without quotes."),
            (#"{"data": 5}"#, "must be a directory: write it in quotes."),
            (#"{"port": "http"}"#, "(JSON: number)."),
        ])
    func toldFault(text: String, told: String) async {
        let message = await refusal(file: text)?.message ?? ""
        #expect(message.contains(told) && !message.contains("position"), "\(message)")
    }

    @Test("variables of the build and of others are let be")
    func foreignVariables() async throws {
        _ = try await configuration(environment: ["LATCHKEY_STRICT": "1", "PORT": "x", "PATH": "/bin"])
    }

    @Test(
        "a value that a setting cannot take is refused, and the refusal names it as it was written",
        arguments: [
            ("dev", "yes"), ("hostname", ""), ("port", "65536"), ("port", "-1"), ("port", "http"), ("port", ""),
            ("issuer", "http://id.example.com"), ("issuer", "https://id.example.com/"), ("issuer", "id.example.com"),
            ("issuer", "https://id.example.com?x"), ("issuer", "https://id.example.com#x"), ("data", ""),
            ("keys", ""), ("log_level", "loud"), ("log_format", "xml"), ("rate_limits", "false"), ("sign_up", "maybe"),
            ("smtp_url", "mail.example.com"), ("smtp_ca_file", ""), ("mail_from", "login"),
            ("mail_from", "A\r\nBcc: x@y.org <login@example.com>"), ("mail_templates", ""),
            ("signing_key_lifetime", ""), ("signing_key_lifetime", "90"), ("signing_key_lifetime", "d"),
            ("signing_key_lifetime", "4s"), ("signing_key_lifetime", "731d"), ("signing_key_lifetime", "0d"),
            ("signing_key_lifetime", "-1d"), ("signing_key_lifetime", "+1d"), ("signing_key_lifetime", "1.5d"),
            ("signing_key_lifetime", "1w"), ("signing_key_lifetime", "90D"), ("signing_key_lifetime", "٣d"),
            ("signing_key_lifetime", "99999999999999999999d"), ("signing_key_lifetime", "9223372036854775807d"),
        ])
    func invalid(name: String, value: String) async throws {
        let setting = try #require(Setting.named(name))
        let refusal = await refusal(environment: [setting.environmentName: value])
        #expect(refusal == .invalidValue(value, origin: setting.environmentName, expected: setting.values))
        guard let flag = setting.flag else { return }
        let fromFlag = await self.refusal(flags: [name: value])
        #expect(fromFlag == .invalidValue(value, origin: flag, expected: setting.values))
    }

    @Test(
        "the file must be strict JSON of the right types",
        arguments: [
            "", "[]", "{", #"{"port": 1, "port": 2}"#, #"{"port": "8080"}"#, #"{"dev": 1}"#, #"{"data": null}"#,
            #"{"issuer": {"url": "x"}}"#, "{\"port\": 8080,}", "// port\n{}",
        ])
    func malformedFile(text: String) async {
        _ = await refusal(file: text)
    }

    @Test("dev listens on this machine only", arguments: ["0.0.0.0", "::", "example.com", "127.0.0.2"])
    func publicDevelopment(hostname: String) async {
        let refusal = await refusal(flags: ["dev": "true"], environment: ["LATCHKEY_HOSTNAME": hostname])
        guard case .contradiction(let settings, _) = refusal else {
            Issue.record("refused with \(String(describing: refusal))")
            return
        }
        #expect(settings == "--dev and LATCHKEY_HOSTNAME=\(hostname)")
    }

    @Test("dev is accepted on each name of this machine", arguments: ["localhost", "127.0.0.1", "::1"])
    func localDevelopment(hostname: String) async throws {
        let configuration = try await configuration(flags: ["dev": "true", "hostname": hostname])
        #expect(configuration.hostname == hostname)
    }

    @Test("dev does not go with an issuer out in the world")
    func publicDevelopmentIssuer() async {
        let refusal = await refusal(flags: ["dev": "true", "issuer": "https://id.example.com"])
        guard case .contradiction = refusal else {
            Issue.record("refused with \(String(describing: refusal))")
            return
        }
    }

    @Test("rate limits can be switched off with dev and never without")
    func rateLimits() async throws {
        let off = ["LATCHKEY_RATE_LIMITS": "off"]
        #expect(try await configuration(flags: ["dev": "true"], environment: off).limitsRates == false)
        let refusal = await refusal(environment: off)
        guard case .contradiction(let settings, _) = refusal else {
            Issue.record("refused with \(String(describing: refusal))")
            return
        }
        #expect(settings == "LATCHKEY_RATE_LIMITS=off and dev false")
    }

    @Test("the rows live in a file or in PostgreSQL, and a URL that may hold a password is never shown")
    func database() async throws {
        let url = "postgres://latchkey:sesame@db.example.com/latchkey"
        #expect(try await configuration(flags: [:]).databaseURL == nil)
        #expect(try await configuration(environment: ["LATCHKEY_DATABASE": url]).databaseURL == url)
        let both = await refusal(flags: ["database": url, "data": "./here"])
        guard case .contradiction("--data and --database", _) = both else {
            Issue.record("refused with \(String(describing: both))")
            return
        }
        let mistyped = await refusal(environment: ["LATCHKEY_DATABASE": "postgre://latchkey:sesame@db.example.com"])
        #expect(mistyped?.message.contains("LATCHKEY_DATABASE must be a `postgres://` URL") == true)
        #expect(mistyped?.message.contains("sesame") == false)
    }

    @Test("signing keys sign for 90 days, or as long as is said, and for less than an hour with dev only")
    func signingKeyLifetime() async throws {
        func lifetime(_ text: String, dev: String = "false") async throws -> Duration {
            try await configuration(flags: ["signing_key_lifetime": text, "dev": dev]).signingKeySchedule.lifetime
        }
        #expect(try await configuration().signingKeySchedule.lifetime == .seconds(90 * 86_400))
        #expect(try await lifetime("730d") == .seconds(730 * 86_400))
        #expect(try await lifetime("12h") == .seconds(43_200))
        #expect(try await lifetime("60m") == .seconds(3_600))
        #expect(try await lifetime("3600s") == .seconds(3_600))
        #expect(try await lifetime("5s", dev: "true") == .seconds(5))
        let refusal = await refusal(environment: ["LATCHKEY_SIGNING_KEY_LIFETIME": "59m"])
        guard case .contradiction("LATCHKEY_SIGNING_KEY_LIFETIME below 1h and dev false", _) = refusal else {
            Issue.record("refused with \(String(describing: refusal))")
            return
        }
    }

    @Test("the former master key comes from the environment alone")
    func formerMasterKey() async throws {
        let bytes = [UInt8](1...32)
        let given = ["LATCHKEY_FORMER_MASTER_KEY": Base64URL.encode(bytes)]
        #expect(try await configuration(environment: given).formerMasterKey?.matches(bytes) == true)
        #expect(await refusal(file: #"{"former_master_key": "x"}"#) != nil)
    }

    @Test("sign-up can be closed in dev")
    func closedDevelopment() async throws {
        #expect(try await configuration(flags: ["dev": "true", "sign_up": "closed"]).signUp == .closed)
    }

    @Test("the master key comes from the environment, 32 bytes of it")
    func masterKey() async throws {
        let bytes = [UInt8](0..<32)
        let configuration = try await configuration(environment: ["LATCHKEY_MASTER_KEY": Base64URL.encode(bytes)])
        #expect(configuration.masterKey?.matches(bytes) == true)
    }

    @Test("a master key of another length is refused without being shown")
    func shortMasterKey() async {
        let text = Base64URL.encode([UInt8](0..<31))
        let refusal = await refusal(environment: ["LATCHKEY_MASTER_KEY": text])
        #expect(
            refusal
                == .invalidValue(nil, origin: "LATCHKEY_MASTER_KEY", expected: Setting.masterKey.values))
        #expect(refusal?.message.contains(text) == false)
    }

    @Test("the master key is refused in a file")
    func masterKeyInFile() async {
        let refusal = await refusal(file: #"{"master_key": "x"}"#)
        guard case .secretInFile("master_key", _, "LATCHKEY_MASTER_KEY") = refusal else {
            Issue.record("refused with \(String(describing: refusal))")
            return
        }
    }
}
