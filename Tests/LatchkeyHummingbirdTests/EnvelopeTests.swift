import HTTPTypes
import Hummingbird
import LatchkeyHummingbird
import NIOCore
import Testing

@Suite("The shape of answers")
struct EnvelopeTests {
    private struct Contact: ResponseEncodable {
        let id: String
    }

    private let issuer: TestIssuer

    init() throws {
        issuer = try TestIssuer()
    }

    /// An API with that envelope, sent one request.
    private func answer(
        _ envelope: some Envelope, _ method: HTTPRequest.Method = .get, _ path: String, bearer: String? = nil,
        names: [HTTPField.Name] = [.xRequestID], _ fields: [(String, String)] = [("X-Request-Id", "req_1")]
    ) async throws -> Answer {
        try await withRouter { router in
            router.add(middleware: APIAnswers(envelope, requestIDs: names))
            let limit = RateLimiting<BasicBearerRequestContext>(RateLimit(1))
            router.group("/api/v1").add(middleware: BearerAuthentication(testing: issuer.verifier()))
                .get("contacts/1", scope: "jobs:read") { _, _ in Contact(id: "c_1") }
                .post("contacts", scope: "contacts:write") { _, _ in HTTPResponse.Status.created }
                .get("contacts", scope: "jobs:read") { request, _ in
                    let page = try PageRequest(request)
                    return JSONAnswer { json in
                        json.beginObject()
                        json.beginArray("contacts")
                        json.endArray()
                        json.member(page.pagination(total: 1234))
                        json.endObject()
                    }
                }
                .delete("contacts/1", scope: "jobs:read") { _, _ in HTTPResponse.Status.noContent }
                .get("text", scope: "jobs:read") { _, _ in "plain" }
                .get("crash", scope: "jobs:read") { _, _ -> String in
                    throw NIOCore.IOError(errnoCode: 5, reason: "disk")
                }
                .get("teapot", scope: "jobs:read") { _, _ -> String in
                    throw HTTPError(.conflict, message: "No \"tea\".")
                }
                .get("stream", scope: "jobs:read") { _, _ in
                    Response(
                        status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
                        body: ResponseBody { writer in
                            for piece in ["[1", ",2]"] { try await writer.write(ByteBuffer(string: piece)) }
                            try await writer.finish(nil)
                        })
                }
                .add(middleware: limit)
                .get("limited", scope: "jobs:read") { _, _ in Contact(id: "c_1") }
        } _: { client async throws in
            if path == "/api/v1/limited" { _ = try await client.get(path, bearer: bearer) }
            return try await client.send(method, path, bearer: bearer, fields)
        }
    }

    private func good() throws -> String { try issuer.token() }

    private static let missing = "This token is missing the required scope: contacts:write."

    @Test("CrewKeel: { error: { code, message } }, to the letter of its documentation")
    func crewKeel() async throws {
        let refused = try await answer(PlainEnvelope(), .post, "/api/v1/contacts", bearer: good())
        #expect(refused.status == 403)
        #expect(refused.text == #"{"error":{"code":"forbidden_scope","message":"\#(Self.missing)"}}"#)
        #expect(refused["Content-Type"] == "application/json")
        let data = try await answer(PlainEnvelope(), .get, "/api/v1/contacts/1", bearer: good())
        #expect(data.text == #"{"id":"c_1"}"#)
        let limited = try await answer(PlainEnvelope(), .get, "/api/v1/limited", bearer: good())
        #expect(limited.status == 429)
        #expect(limited.string("error", "code") == "rate_limited")
    }

    @Test("CalKeep: success, data and meta; success and error; the name of the request in a header of its own")
    func calKeep() async throws {
        let envelope = SuccessEnvelope(apiVersion: "v1")
        let own = try #require(HTTPField.Name("X-CalKeep-Request-Id"))
        let data = try await answer(envelope, .get, "/api/v1/contacts/1", bearer: good(), names: [own, .xRequestID])
        #expect(
            data.text == #"{"success":true,"data":{"id":"c_1"},"meta":{"apiVersion":"v1","requestId":"req_1"}}"#)
        #expect(data["X-CalKeep-Request-Id"] == "req_1" && data["X-Request-Id"] == "req_1")
        #expect(data["Content-Length"] == String(data.text.utf8.count))
        let list = try await answer(envelope, .get, "/api/v1/contacts?page=1&limit=50", bearer: good())
        #expect(
            list.text == """
                {"success":true,"data":{"contacts":[],"pagination":{"page":1,"limit":50,"total":1234}},\
                "meta":{"apiVersion":"v1","requestId":"req_1"}}
                """)
        let refused = try await answer(envelope, .get, "/api/v1/contacts/1", bearer: "rubbish")
        #expect(refused.status == 401)
        #expect(
            refused.text == """
                {"success":false,"error":{"code":"invalid_token","message":\
                "\(TokenVerifier.Failure.malformed.message)","requestId":"req_1"}}
                """)
    }

    @Test("autoch.at: { data }, and { error: { message, code } } with codes in capitals")
    func autochat() async throws {
        let data = try await answer(DataEnvelope(), .get, "/api/v1/contacts/1", bearer: good())
        #expect(data.text == #"{"data":{"id":"c_1"}}"#)
        let refused = try await answer(DataEnvelope(), .post, "/api/v1/contacts", bearer: good())
        #expect(refused.status == 403)
        #expect(refused.text == #"{"error":{"message":"\#(Self.missing)","code":"FORBIDDEN_SCOPE"}}"#)
    }

    @Test("CraftDesk: 401, 403 and 429 as it tells them, in the plain envelope")
    func craftDesk() async throws {
        #expect(try await answer(PlainEnvelope(), .get, "/api/v1/contacts/1").status == 401)
        #expect(try await answer(PlainEnvelope(), .post, "/api/v1/contacts", bearer: good()).status == 403)
        #expect(try await answer(PlainEnvelope(), .get, "/api/v1/limited", bearer: good()).status == 429)
    }

    @Test("what Hummingbird refuses, and what no route is for, is told in the same shape")
    func others() async throws {
        let envelope = SuccessEnvelope(apiVersion: "v1")
        let unknown = try await answer(envelope, .get, "/nothing")
        #expect(unknown.status == 404)
        #expect(unknown.string("error", "code") == "not_found" && unknown.string("error", "requestId") == "req_1")
        let conflict = try await answer(envelope, .get, "/api/v1/teapot", bearer: good())
        #expect(conflict.status == 409)
        #expect(conflict.string("error", "message") == "No \"tea\".")
    }

    @Test("a cause that is private stays in the log")
    func crash() async throws {
        let answer = try await answer(PlainEnvelope(), .get, "/api/v1/crash", bearer: good())
        #expect(answer.status == 500)
        #expect(answer.string("error", "code") == "server_error")
        #expect(!answer.text.contains("disk"))
    }

    @Test("what is empty or no JSON stays as it is, and what is streamed is enclosed as it flows")
    func untouched() async throws {
        let envelope = DataEnvelope()
        let deleted = try await answer(envelope, .delete, "/api/v1/contacts/1", bearer: good())
        #expect(deleted.status == 204 && deleted.text.isEmpty)
        #expect(try await answer(envelope, .get, "/api/v1/text", bearer: good()).text == "plain")
        let streamed = try await answer(envelope, .get, "/api/v1/stream", bearer: good())
        #expect(streamed.text == #"{"data":[1,2]}"#)
        #expect(streamed["Content-Length"] == nil)
    }

    @Test("a caller's harmless name of a request is kept; any other is replaced by one of ours, each time another")
    func requestIDs() async throws {
        for name in ["a", "Az09._-", String(repeating: "x", count: 128)] {
            let kept = try await answer(PlainEnvelope(), .get, "/x", [("X-Request-Id", name)])
            #expect(kept["X-Request-Id"] == name)
        }
        var seen: Set<String> = []
        for name in ["", "a b", "a\"b", "\u{e9}", String(repeating: "x", count: 129)] {
            let made = try #require(
                try await answer(PlainEnvelope(), .get, "/x", [("X-Request-Id", name)])["X-Request-Id"])
            #expect(made.wholeMatch(of: /req_[A-Za-z0-9_-]{16}/) != nil)
            seen.insert(made)
        }
        #expect(seen.count == 5)
    }
}
