import Identity
import JOSE

/// What a change of the keys came to.
struct KeyReport {
    private let outcome: SigningKeyOutcome
    private let impact: SigningKeyImpact?
    private let asJSON: Bool

    init(_ outcome: SigningKeyOutcome, impact: SigningKeyImpact?, asJSON: Bool) {
        (self.outcome, self.impact, self.asJSON) = (outcome, impact, asJSON)
    }

    func print() {
        if asJSON { return Terminal.standard.json(json) }
        for line in lines { Terminal.standard.line(line.printable) }
        if let warning { Terminal.standard.complain(warning) }
    }

    private var json: JSONObject {
        var object: JSONObject = ["keys": .array(KeyTable(keys: outcome.keys).json), "changed": .bool(isChanged)]
        object["warning"] = warning.map(JSONValue.string)
        object["grants"] = impact.map { .integer($0.grants) }
        object["live_tokens"] = impact.map { .integer($0.liveTokens) }
        return object
    }

    private var isChanged: Bool { !outcome.changes.isEmpty }

    /// A line a change, for people.
    private var lines: [String] {
        if !isChanged, let pending = outcome.keys.pending, let time = pending.activatesAt {
            return ["The key \(pending.keyID) is on its way already: it signs from \(time.readable)."]
        }
        return outcome.changes.compactMap { change in
            switch change {
            case .publish(let time):
                "The key \(outcome.keys.pending?.keyID ?? "") is published, and signs from \(time.readable)."
            case .begin: "The key \(outcome.keys.active?.keyID ?? "") is new and signs now."
            case .bringForward(let keyID, let time):
                "The key \(keyID) was to come later; it signs from \(time.readable)."
            case .activate(let keyID): "The key \(keyID) signs now."
            case .retire(let keyID, let time): "The key \(keyID) is retired, and published until \(time.readable)."
            case .remove(let keyID, .compromised): "The key \(keyID) is gone, and every token it signed is dead."
            case .remove(let keyID, _): "The key \(keyID) is gone. It never signed."
            case .ask: nil
            }
        } + ["Running servers notice within five seconds."]
    }

    /// What a sudden change does to verifiers that keep keys.
    private var warning: String? {
        let isSudden = outcome.changes.contains { change in
            switch change {
            case .begin: true
            case .activate: !outcome.isKnown
            default: false
            }
        }
        guard isSudden || impact != nil else { return nil }
        let news =
            isSudden
            ? "Verifiers that do not know the new key refuse new tokens until they fetch the key set again: most do so "
                + "at once, all within five minutes." : nil
        let old =
            impact == nil
            ? nil
            : "Verifiers that keep the old set take tokens of the old key for up to five minutes more; one that cannot "
                + "wait is to be restarted."
        return [news, old].compactMap(\.self).joined(separator: " ")
    }
}
