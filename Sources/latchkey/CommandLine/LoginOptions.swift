import ArgumentParser
import JOSE

/// What each command takes that asks the server with the login of this machine, and how it asks.
struct LoginOptions: ParsableArguments {
    @OptionGroup var target: IssuerOption
    @OptionGroup var output: OutputOptions

    /// Runs a body over a connection to the issuer, with the login's access token at hand.
    func connected<Outcome>(
        _ body: (AccessTokenSource, Issuer) async throws -> Outcome
    ) async throws -> Outcome {
        let file = try CredentialsFile.standard()
        return try await target.connected(file.read()) { server in
            try await body(AccessTokenSource(file: file, server: server), server.issuer)
        }
    }

    /// One call; a second factor is asked for on the way where it takes one. What the server refuses comes back.
    func call(
        _ method: IdentityServer.Method, _ path: String, _ body: JSONObject? = nil
    ) async throws -> ServerAnswer {
        // One key for the call before and the call after a step-up.
        let key = method == .get ? nil : Base64URL.encode(RandomSource.system.bytes(18))
        return try await connected { source, _ in
            try await SteppingUp(source).calling { bearer in
                try await source.server.call(method, path, body, bearer: bearer, idempotencyKey: key)
            }
        }
    }
}

/// The names in a path must be told before the path is made of them.
enum TypedName {
    /// Whether a text can be an identifier with this prefix, such as `tok_01jqz3v9k2m4x`.
    static func isName(_ text: String, prefix: String) -> Bool {
        text.hasPrefix(prefix + "_") && text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            }
    }
}
