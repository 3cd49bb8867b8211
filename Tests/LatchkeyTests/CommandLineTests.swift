import ArgumentParser
import JOSE
import Testing

@testable import latchkey

@Suite("The command line", .timeLimit(.minutes(2)))
struct CommandLineTests {
    private let binary: BuiltBinary

    init() throws { binary = try BuiltBinary() }

    @Test(
        "used wrongly exits with 2 and says how it is used",
        arguments: [
            ["bogus"], ["token", "--bogus"], ["login", "--issuer"], ["verify"], ["verify", "x"],
            ["whoami", "extra"], ["logout", "--everywhere", "--local"], ["token", "--issuer", "http://example.com"],
        ])
    func usedWrongly(arguments: [String]) async throws {
        let run = try binary.start(arguments)
        let outcome = try await run.outcome()
        #expect(outcome.status == 2)
        #expect(outcome.output.isEmpty)
        #expect(!outcome.errors.isEmpty)
    }

    @Test("used wrongly with --json says so in JSON")
    func usedWronglyJSON() async throws {
        let outcome = try await binary.run("token", "--bogus", "--json")
        #expect(outcome.status == 2)
        let error = try JSONValue.parse(Array(outcome.output.utf8)).object?["error"]?.object
        #expect(error?["code"] == "used_wrongly")
    }

    @Test(
        "a server out of reach exits with 3 and says how to start one",
        arguments: [["login"], ["login", "--no-browser"]])
    func outOfReach(arguments: [String]) async throws {
        let run = try binary.start(arguments + ["--issuer", "http://localhost:1"])
        let outcome = try await run.outcome()
        #expect(outcome.status == 3)
        #expect(outcome.errors.contains("nothing listens there"))
        #expect(outcome.errors.contains("latchkey serve") && outcome.errors.contains("--issuer"))
        #expect(!outcome.errors.contains("make"))
    }

    @Test(
        "help and version are answers, not errors",
        arguments: [["--help"], ["help", "login"], ["token", "--help"], ["--version"], []])
    func help(arguments: [String]) async throws {
        let run = try binary.start(arguments)
        let outcome = try await run.outcome()
        #expect(outcome.status == 0)
        #expect(!outcome.output.isEmpty)
        #expect(outcome.errors.isEmpty)
    }

    @Test("a server told nonsense does not start: it exits with 2 and names the setting")
    func serveRefused() async throws {
        let unknown = try await binary.run("serve", environment: ["LATCHKEY_PROT": "1"])
        #expect(unknown.status == 2)
        #expect(unknown.errors.contains("LATCHKEY_PROT"))
        #expect(unknown.errors.contains("LATCHKEY_PORT"))
        let contradictory = try await binary.run("serve", "--dev", "--hostname", "0.0.0.0")
        #expect(contradictory.status == 2)
        #expect(contradictory.errors.contains("hostname 0.0.0.0"))
    }

    @Test("every command explains itself and takes --json")
    func everyCommand() async throws {
        var (commands, leaves) = (Latchkey.configuration.subcommands, 0)
        while let command = commands.popLast() {
            #expect(!command.configuration.abstract.isEmpty)
            #expect(!command.configuration.discussion.isEmpty)
            let parts = command.configuration.subcommands
            commands += parts
            guard parts.isEmpty else { continue }
            leaves += 1
            #expect(Latchkey.helpMessage(for: command).contains("--json"), "\(command)")
        }
        #expect(leaves > Latchkey.configuration.subcommands.count)
    }

    @Test("shells are given completion", arguments: ["bash", "zsh", "fish"])
    func completion(shell: String) async throws {
        let outcome = try await binary.run("--generate-completion-script", shell)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("whoami"))
    }

    @Test("the issuer of LATCHKEY_ISSUER is asked when none is named")
    func environment() async throws {
        let outcome = try await binary.run("token", environment: ["LATCHKEY_ISSUER": "https://id.example.com"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("not logged in at https://id.example.com"))
    }
}
