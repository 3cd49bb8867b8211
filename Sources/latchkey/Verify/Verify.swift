import ArgumentParser
import JOSE
import LatchkeyVerifier

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `latchkey verify`
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check an access token as an API would, and print its claims or why it is refused.",
        discussion: """
            Signature, issuer, audience, times and scopes are checked by the same code that APIs embed. The issuer is \
            asked for nothing but its public keys, and with --jwks not even for those.

              latchkey verify "$(latchkey token)" --audience http://localhost:8080
              latchkey token | latchkey verify - --audience https://api.example.com --scope jobs:read
              latchkey verify "$TOKEN" --jwks keys.json --audience https://api.example.com
            """)

    @Argument(help: ArgumentHelp("The token, or - to read it from standard input.", valueName: "token"))
    var token: String

    @Option(help: "Who must have made it, to the letter. Default: the same as for the other commands.")
    var issuer: String?

    @Option(
        help: ArgumentHelp(
            "Use the public keys in this file instead of asking the issuer. Whoever they belong to may be the issuer, "
                + "unless --issuer is given as well.", valueName: "file"),
        completion: .file())
    var jwks: String?

    @Option(help: ArgumentHelp("The API it must be for, to the letter.", valueName: "uri"))
    var audience: String

    @Option(help: "A scope it must have. May be given more than once.")
    var scope: [String] = []

    @OptionGroup var authorities: AuthoritiesOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let text = try token == "-" ? Self.standardInput() : token
        let verified = try await verify(text)
        guard output.json else {
            let claims = JSONValue.object(verified.claims).pretty()
            Terminal.standard.line(claims.printable)
            if let end = verified.expiresAt, Terminal.standard.isInteractive {
                Terminal.standard.line("Valid until \(end.readable).")
            }
            return
        }
        Terminal.standard.json(verified.claims)
    }

    private func verify(_ text: String) async throws -> VerifiedToken {
        if let jwks {
            return try await check(text, issuer: issuer ?? text.statedIssuer, keys: .fixed(keySet(at: jwks)))
        }
        let (issuer, believed) = try knownIssuer()
        return try await IdentityServer.connected(to: issuer, believing: believed) { server in
            let source = PublishedKeys(server)
            do {
                return try await check(text, issuer: issuer.description, keys: .remote { try await source.fetch() })
            } catch let failure as CommandFailure where failure.code == "keys_unavailable" {
                throw source.failure ?? failure
            }
        }
    }

    private func check(_ text: String, issuer: String, keys: KeySource) async throws -> VerifiedToken {
        let verifier = TokenVerifier(
            issuer: issuer, audience: audience, algorithms: [.es256, .edDSA, .rs256, .ps256], keys: keys)
        do throws(TokenVerifier.Failure) {
            let token = try await verifier.verify(text, at: .now)
            for scope in scope.flatMap({ $0.split(separator: " ") }) { try token.require(String(scope)) }
            return token
        } catch {
            throw CommandFailure(.refused, code: error.name, error.message)
        }
    }

    /// An issuer that is named needs no logins of this machine; authorities that one of them keeps are used where it can
    /// be read.
    private func knownIssuer() throws -> (Issuer, Authorities?) {
        var option = IssuerOption()
        option.issuer = issuer
        let known =
            issuer == nil
            ? try CredentialsFile.standard().read() : (try? CredentialsFile.standard().read()) ?? Credentials()
        let resolved = try option.resolve(known)
        return (resolved, try authorities.read(keptWith: known[resolved]))
    }

    private func keySet(at path: String) throws -> JSONWebKeySet {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(.usedWrongly, code: "keys_unreadable", "The key file \(path) cannot be read.")
        }
        guard let keys = try? JSONWebKeySet(parsing: Array(data)) else {
            throw CommandFailure(
                .usedWrongly, code: "keys_malformed", "\(path) is not a JSON Web Key Set (RFC 7517 §5).",
                next: "The issuer publishes one at /.well-known/jwks.json")
        }
        return keys
    }

    /// A line of standard input, no longer than a token can be.
    private static func standardInput() throws -> String {
        guard let line = readLine(), line.utf8.count <= UnverifiedToken.maximumLength else {
            throw CommandFailure(
                .usedWrongly, code: "no_token", "Standard input holds no token.",
                next: "Example: latchkey token | latchkey verify - --audience http://localhost:8080")
        }
        return String(line.filter { !$0.isWhitespace })
    }
}
