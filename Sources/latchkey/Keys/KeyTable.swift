import Identity
import JOSE

/// Signing keys as people and programs are shown them.
struct KeyTable {
    let keys: SigningKeySet

    /// The one that signs, then the one to come, then the ones before, the latest first.
    private var rows: [SigningKeyRecord] {
        [keys.active, keys.pending].compactMap(\.self) + keys.keys.reversed().filter { $0.state == .retired }
    }

    /// A heading and a line a key, in columns.
    var lines: [String] {
        let head = ["KID", "ALG", "STATE", "CREATED", "SIGNS FROM", "RETIRED", "GONE"]
        let cells =
            [head]
            + rows.map { key in
                [
                    key.keyID, key.algorithm, key.state.rawValue, key.createdAt.compact,
                    (key.signsSince ?? key.activatesAt).column, key.retiredAt.column, key.publishedUntil.column,
                ]
            }
        let widths = head.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            let padded = zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }
            return String(padded.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()).printable
        }
    }

    var json: [JSONValue] { rows.map { .object($0.json) } }
}

extension SigningKeyRecord {
    /// Times that are not yet known, or will never be, are left out.
    var json: JSONObject {
        var object: JSONObject = [
            "kid": .string(keyID), "alg": .string(algorithm), "state": .string(state.rawValue),
            "created_at": .string(createdAt.iso8601),
        ]
        object["activates_at"] = activatesAt.flatMap { state == .pending ? .string($0.iso8601) : nil }
        object["activated_at"] = signsSince.map { .string($0.iso8601) }
        object["retired_at"] = retiredAt.map { .string($0.iso8601) }
        object["gone_at"] = publishedUntil.map { .string($0.iso8601) }
        return object
    }
}

extension Instant {
    /// `2026-11-20 21:45:07Z`
    fileprivate var compact: String { iso8601.replacing("T", with: " ") }
}

extension Instant? {
    fileprivate var column: String { self?.compact ?? "-" }
}
