import ArgumentParser
import JOSE

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs one command and ends the process. ArgumentParser's own `main` would exit with 64 when used wrongly; the
/// contract is 2, and with `--json` a failure is an object like everything else.
@main
enum Main {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            var command = try await Latchkey.asyncParseAsRoot(arguments)
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
        } catch {
            exit(report(error, asJSON: arguments.contains("--json")))
        }
    }

    private static func report(_ error: any Error, asJSON: Bool) -> Int32 {
        // A command that has said all there is to say.
        if let code = error as? ExitCode { return code.rawValue }
        if let failure = CommandFailure(error) {
            if asJSON {
                Terminal.standard.json(failure.json)
            } else {
                Terminal.standard.complain(failure.text)
            }
            return failure.status.rawValue
        }
        let code = Latchkey.exitCode(for: error)
        let text = Latchkey.fullMessage(for: error)
        guard code != .success else {  // --help, --version and completion scripts arrive here too
            Terminal.standard.line(text)
            return 0
        }
        let status: CommandFailure.Status = code == .validationFailure ? .usedWrongly : .refused
        if asJSON {
            let failure = CommandFailure(
                status, code: status == .usedWrongly ? "used_wrongly" : "failed", Latchkey.message(for: error))
            Terminal.standard.json(failure.json)
        } else {
            Terminal.standard.complain(text)
        }
        return status.rawValue
    }
}
