import Foundation
import LatchkeyHummingbird

/// What the APIs ask about API tokens with, by name: `{"crewkeel": {"client_id": "res_…", "client_secret": "lkcs_…"}}`.
struct CredentialsFile {
    private struct Entry: Decodable {
        enum CodingKeys: String, CodingKey {
            case id = "client_id"
            case secret = "client_secret"
        }

        let id: String
        let secret: String
    }

    private let entries: [String: Entry]

    init(path: String) throws {
        let form = "It should read {\"crewkeel\": {\"client_id\": \"res_…\", \"client_secret\": \"lkcs_…\"}}."
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Fault("The file \(path) of --credentials cannot be read.", next: form)
        }
        guard let entries = try? JSONDecoder().decode([String: Entry].self, from: data) else {
            throw Fault("The file \(path) of --credentials does not have the form it should have.", next: form)
        }
        let names = Examples.all.map { $0.name }
        if let unknown = entries.keys.sorted().first(where: { !names.contains($0) }) {
            throw Fault(
                "The file \(path) of --credentials names \"\(unknown)\", which is none of the APIs.",
                next: "There are: \(names.joined(separator: ", "))")
        }
        if let empty = entries.sorted(by: { $0.key < $1.key }).first(where: {
            $0.value.id.isEmpty || $0.value.secret.isEmpty
        }) {
            throw Fault("The credentials of \(empty.key) in \(path) are empty.", next: form)
        }
        self.entries = entries
    }

    /// Nil for an API that the file does not name.
    subscript(name: String) -> LatchkeyIssuer.Credentials? {
        entries[name].map { LatchkeyIssuer.Credentials(id: $0.id, secret: $0.secret) }
    }
}
