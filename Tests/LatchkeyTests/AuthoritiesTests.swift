import ArgumentParser
import JOSE
import Testing

@testable import latchkey

@Suite("Authorities to believe beside the system's")
struct AuthoritiesTests {
    private func refusal(
        _ arguments: [String] = [], environment: [String: String] = [:], login: String? = nil
    ) throws -> CommandFailure? {
        let option = try AuthoritiesOption.parse(arguments)
        let credential = Credential(.example, at: .init(seconds: 0), believing: login)
        do throws(CommandFailure) {
            #expect(try option.read(keptWith: credential, environment: environment) == nil)
            return nil
        } catch {
            return error
        }
    }

    @Test("are named by the flag, then the environment, then the login, then by nobody")
    func order() throws {
        let environment = ["LATCHKEY_AUTHORITIES": "/none/environment.pem"]
        let flag = try refusal(["--authorities", "/none/flag.pem"], environment: environment, login: "/none/login.pem")
        #expect(flag?.message == "/none/flag.pem cannot be read: No such file or directory (named by --authorities).")
        #expect(flag?.status == .usedWrongly && flag?.next?.contains("--authorities FILE") == true)
        let variable = try refusal(environment: environment, login: "/none/login.pem")
        #expect(variable?.message.contains("/none/environment.pem") == true)
        #expect(variable?.message.hasSuffix("(named by LATCHKEY_AUTHORITIES).") == true)
        let login = try refusal(environment: ["LATCHKEY_AUTHORITIES": ""], login: "/none/login.pem")
        #expect(login?.message.contains("/none/login.pem") == true)
        #expect(login?.message.hasSuffix("(named by your login).") == true)
        #expect(try refusal() == nil)
    }

    @Test("are certificates in PEM, and nothing else")
    func content() throws {
        let directory = try TemporaryDirectory()
        let block = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        for text in ["", "hello", block] {
            try directory.write(text, to: "authorities.pem")
            let path = directory.path + "/authorities.pem"
            let refused = try refusal(["--authorities", path])
            #expect(refused?.message == "\(path) holds no certificate in PEM (named by --authorities).")
        }
        #expect(try refusal(["--authorities", directory.path])?.message.contains("cannot be read") == true)
    }

    @Test("the name of a cause is taken out of the library's text, and no path with it")
    func cause() {
        let text =
            "Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at /a/b.cc:3"
        #expect(HandshakeFailure.name(in: text) == "CERTIFICATE_VERIFY_FAILED")
        #expect(HandshakeFailure.name(in: "Error:  EOF during handshake") == nil)
        #expect(HandshakeFailure.name(in: "OPENSSL_internal") == nil)
        #expect(HandshakeFailure.name(in: "OPENSSL_internal: at /a/b.cc:3") == nil)
    }
}
