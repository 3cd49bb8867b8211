import HTTPTypes
import Hummingbird
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("Methods of the example APIs")
struct MethodTests {
    @Test("HEAD is answered like GET, in status and headers, without a body")
    func head() async throws {
        for api in Examples.all { try await checkHead(api) }
    }

    private func checkHead<API: ExampleAPI>(_ type: API.Type) async throws {
        let issuer = try TestIssuer(audience: API.audience)
        let token = try issuer.token(API.scopes.map(\.scope))
        let paths = ["crewkeel": "/jobs", "calkeep": "/contacts", "autochat": "/clients", "craftdesk": "/projects"]
        let path = try #require(paths[API.name])
        try await withAPI(API.self, issuer) { client in
            let got = try await client.get(path, token)
            let head = try await client.send(.head, path, token)
            #expect(head.status == 200 && head.bytes.isEmpty, "\(API.name)")
            #expect(head["Content-Type"] == got["Content-Type"])
            #expect(head["Content-Length"] == String(got.bytes.count), "\(API.name)")
            #expect(head["X-Total-Count"] == got["X-Total-Count"])
            #expect(try await client.send(.head, path, nil).status == 401)
            #expect(try await client.send(.head, path + "/x", token).status == client.get(path + "/x", token).status)
        }
    }

    @Test("a method that a path does not take is refused with those that it takes, in the API's envelope")
    func otherMethods() async throws {
        let crewKeel = try TestIssuer(audience: CrewKeel.audience)
        try await withAPI(CrewKeel.self, crewKeel) { client in
            let refused = try await client.send(.put, "/jobs", nil, body: "{}")
            #expect(refused.status == 405 && refused.code == "method_not_allowed")
            #expect(refused["Allow"] == "GET, HEAD, POST")
            #expect(try await client.send(.delete, "/jobs/JOB-1", nil)["Allow"] == "GET, HEAD, PATCH")
            #expect(try await client.send(.put, "/nothing", nil).status == 404)
        }
        let calKeep = try TestIssuer(audience: CalKeep.audience)
        try await withAPI(CalKeep.self, calKeep) { client in
            let refused = try await client.send(.delete, "/contacts", nil)
            #expect(refused.status == 405 && refused.json("success")?.bool == false)
        }
    }

    @Test("autoch.at keeps to the statuses of its document, and has no 405")
    func documented() async throws {
        let issuer = try TestIssuer(audience: Autochat.audience)
        try await withAPI(Autochat.self, issuer) { client in
            for method in [HTTPRequest.Method.get, .head, .post] {
                let refused = try await client.send(method, "/invoices/inv_1/status", nil)
                #expect(refused.status == 400 && refused["Allow"] == "PATCH", "\(method)")
            }
            let refused = try await client.send(.put, "/clients", nil)
            #expect(refused.code == "METHOD_NOT_ALLOWED")
        }
    }
}
