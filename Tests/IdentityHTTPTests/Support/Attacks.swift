import HTTPTypes
import Identity

/// Does the same thing so many times at once.
func race<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: Value.self) { group in
        for index in 0..<count { group.addTask { try await body(index) } }
        return try await group.reduce(into: []) { $0.append($1) }
    }
}

func race<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable () async throws -> Value
) async throws -> [Value] {
    try await race(count) { _ in try await body() }
}

extension String {
    /// This text in as many versions as it has characters, each with another character at one place.
    func withEachCharacterChanged() -> [String] {
        let characters = Array(self)
        return characters.indices.map { index in
            var altered = characters
            altered[index] = altered[index] == "A" ? "B" : "A"
            return String(altered)
        }
    }
}

extension TestServer {
    /// Asks for a link in the name of a public client, and opens the mail.
    func magicLinkOf(client: String, _ email: String = "ada@example.org") async throws -> ReceivedMail {
        _ = try await post("/api/v1/auth/magic_link", json: ["email": email, "client_id": client])
        return try await mail(to: email)
    }

    /// Refreshes in the OAuth dialect, as a public client.
    func refresh(_ token: String, as client: String) async throws -> Answer {
        try await post(
            "/oauth/token", form: ["grant_type": "refresh_token", "refresh_token": token, "client_id": client])
    }
}

extension String {
    /// For comparing two pages that may differ in what was typed alone.
    func withoutLines(containing text: String) -> String {
        split(separator: "\n").filter { !$0.contains(text) }.joined(separator: "\n")
    }
}
