import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("Keys of autoch.at that are confined to projects")
struct AutochatConfinementTests {
    private let tokens: AutochatTokens

    init() throws {
        tokens = try AutochatTokens()
    }

    @Test("a key that is confined to a project sees and changes that one alone; the others are not there for it")
    func confined() async throws {
        let tokens = tokens
        try await tokens.withAutochat { api, token in
            let own = try await api.make("/projects", token, #"{"name": "Own"}"#)
            let other = try await api.make("/projects", token, #"{"name": "Other"}"#)
            let key = try tokens.confined(to: [own])
            let list = try await api.get("/projects", key)
            #expect(list.json("data")?.array?.compactMap { $0.object?["id"]?.string } == [own])
            #expect(list["X-Total-Count"] == "1")
            #expect(try await api.get("/projects/\(own)", key).json("data", "name")?.string == "Own")
            #expect(try await api.put("/projects/\(own)", key, #"{"name": "Mine"}"#).status == 200)
            let read = try await api.get("/projects/\(other)", key)
            let changed = try await api.put("/projects/\(other)", key, #"{"name": "Mine"}"#)
            #expect(read.status == 404 && changed.status == 404)
            let nowhere = try await api.get("/projects/prj_none", key)
            #expect(read.text == nowhere.text)
            #expect(try await api.get("/projects/\(other)", token).json("data", "name")?.string == "Other")
        }
    }

    @Test("a confined key makes no project, and is told why; one that is confined to none sees none")
    func creation() async throws {
        let tokens = tokens
        try await tokens.withAutochat { api, token in
            let id = try await api.make("/projects", token, #"{"name": "One"}"#)
            for key in [try tokens.confined(to: [id]), try tokens.confined(to: [])] {
                let refused = try await api.post("/projects", key, #"{"name": "Two"}"#)
                #expect(refused.status == 403 && refused.code == "FORBIDDEN_PROJECT")
                #expect(refused.json("error", "message")?.string?.contains("confined to certain projects") == true)
            }
            #expect(try await api.get("/projects", tokens.confined(to: [])).text == #"{"data":[]}"#)
            #expect(try await api.get("/projects", token).json("data")?.array?.count == 1)
        }
    }
}
