import Identity

extension CommandFailure {
    /// What an operator is told whose wish is refused.
    init(_ refusal: SigningKeyRefusal, typed: String = "") {
        switch refusal {
        case .unknown(let near):
            self.init(
                .refused, code: "unknown_key", "There is no signing key \"\(typed)\".",
                next: near.isEmpty ? "There are none at all yet." : "There are: \(near.nearestFirst(to: typed))")
        case .ambiguous(let names):
            self.init(
                .refused, code: "ambiguous_key", "Several signing keys begin with \"\(typed)\".",
                next: "Say more of the name: \(names.joined(separator: ", "))")
        case .active(let keyID):
            self.init(
                .refused, code: "key_is_active", "The key \(keyID) signs at the moment, and something has to.",
                next: "Rotate first: latchkey keys rotate. If somebody else may have it: "
                    + "latchkey keys rotate --now --compromised")
        case .alreadyRetired(let keyID, let time):
            self.init(
                .refused, code: "already_retired",
                "The key \(keyID) is retired already, and goes at \(time.readable), when its last token has expired.",
                next: "If somebody else may have it: latchkey keys retire --compromised \(keyID.asArgument)")
        case .notActive(let keyID):
            self.init(
                .refused, code: "key_changed", "Meanwhile the key \(keyID) has begun to sign. Nothing was changed.",
                next: "See what is there, and say again which is compromised: latchkey keys list")
        case .tooMany(let count):
            self.init(
                .refused, code: "too_many_keys",
                "\(count) keys are published, and verifiers may not read more than that.",
                next: "The oldest go by themselves, four hours after they were retired: latchkey keys list")
        case .none:
            self.init(
                .refused, code: "no_key", "There is no signing key yet.",
                next: "The first start of the server makes one: latchkey serve")
        }
    }
}

extension String {
    /// Safe to type after other arguments: the name of a key may begin with a dash.
    var asArgument: String { hasPrefix("-") ? "-- \(self)" : self }
}

extension [String] {
    /// The one fewest edits away first.
    fileprivate func nearestFirst(to typed: String) -> String {
        guard let nearest = nearest(to: typed) else { return "" }
        return ([nearest] + filter { $0 != nearest }.prefix(9)).joined(separator: ", ")
    }
}
