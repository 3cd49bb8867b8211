import ArgumentParser
import JOSE

/// What each command about API tokens takes, and how it asks the server.
struct APITokenOptions: ParsableArguments {
    @OptionGroup var target: IssuerOption
    @OptionGroup var output: OutputOptions

    /// One call with the login of this machine; a second factor is asked for on the way where it takes one.
    ///
    /// - Throws: `CommandFailure` for whatever the server refuses.
    func call(
        _ method: IdentityServer.Method, _ path: String, _ body: JSONObject? = nil
    ) async throws -> (body: JSONObject, issuer: Issuer) {
        let file = try CredentialsFile.standard()
        // One key for the call before and the call after a step-up.
        let key = method == .get ? nil : Base64URL.encode(RandomSource.system.bytes(18))
        return try await target.connected(file.read()) { server in
            let source = AccessTokenSource(file: file, server: server)
            let answer = try await SteppingUp(source).calling { bearer in
                try await server.call(method, path, body, bearer: bearer, idempotencyKey: key)
            }
            if let refusal = answer.refusal { throw CommandFailure(apiToken: refusal) }
            return (answer.body, server.issuer)
        }
    }
}

/// `tok_…`, which must be told before the path of a call is made of it.
struct APITokenName: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        let isName = argument.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        }
        guard argument.hasPrefix("tok_"), argument.utf8.count <= 64, isName else { return nil }
        text = argument
    }

    var path: String { "/api/v1/tokens/" + text }
}

/// A time that is typed: `90d`, `12h`, `30m`, `45s`, or seconds.
struct TypedDuration: ExpressibleByArgument {
    let seconds: Int64

    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]

    init?(argument: String) {
        let unit = argument.last.flatMap { Self.units[$0] }
        let digits = unit == nil ? argument[...] : argument.dropLast()
        guard (1...12).contains(digits.utf8.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }),
            let number = Int64(digits)
        else { return nil }
        let (seconds, isTooLong) = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !isTooLong else { return nil }
        self.seconds = seconds
    }

    /// How long a former secret may go on at most: `7d`.
    static let longestOverlap = (seconds: Int64(7 * 86_400), typed: "7d")

    /// Refuses an overlap that the server would refuse, in the words in which it is typed.
    func requireOverlap() throws {
        guard seconds <= Self.longestOverlap.seconds else {
            throw ValidationError("--overlap is at most \(Self.longestOverlap.typed).")
        }
    }
}

extension CommandFailure {
    /// The refusals that have a next step for whoever sits at the command line.
    fileprivate init(apiToken refusal: ServerRefusal) {
        let next: String? =
            switch refusal.code {
            case "not_found": "See what there is with: latchkey tokens list"
            case "invalid_scope": "See the scopes that there are with: latchkey scopes"
            case "forbidden_scope": "Log in again with that scope: latchkey login --scope \"…\""
            default: nil
            }
        guard let next else {
            self.init(refusal)
            return
        }
        self.init(
            .refused, code: refusal.code, "The server refused: \(refusal.message.printable)", next: next)
    }
}
