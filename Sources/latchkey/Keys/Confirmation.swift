import Identity

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A last question before something that cannot be undone.
struct Confirmation {
    /// `--yes` was said.
    let isGiven: Bool
    let asJSON: Bool

    /// Says what will happen, then returns if a person agrees.
    ///
    /// - Parameter command: what to type where nobody can be asked.
    func ask(_ consequence: String, command: String) throws {
        let canAsk = !asJSON && isatty(STDIN_FILENO) == 1
        if !isGiven, !canAsk {
            throw CommandFailure(
                .usedWrongly, code: "confirmation_needed", consequence,
                next: "Nothing was changed, for there is nobody to ask. If this is what you want: \(command)")
        }
        if !asJSON { Terminal.standard.complain(consequence.printable) }
        guard !isGiven else { return }
        Terminal.standard.complain("Type yes to go on:")
        guard readLine() == "yes" else {
            throw CommandFailure(.refused, code: "not_confirmed", "Nothing was changed.")
        }
    }
}

extension SigningKeyImpact {
    func sentence(of keyID: String) -> String {
        let grantCount = grants == 1 ? "1 grant holds" : "\(grants) grants hold"
        let tokenCount = liveTokens == 1 ? "1 live access token" : "\(liveTokens) live access tokens"
        return "Every token that the key \(keyID) signed will die: \(grantCount) at least \(tokenCount) of it."
    }
}
