import HTTPTypes
import JOSE
import Testing

@testable import IdentityHTTP

/// What a program is told whose body is not taken.
struct JSONFaultTests {
    @Test("each fault is a sentence that says where it is, and no name of our own types")
    func sentences() async throws {
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        let long = String(repeating: "x", count: 500)
        let faults = [
            ("x", "at byte 0 stands"), (#"{"email":"#, "ends before"), (#"{} {}"#, "at byte 3, after its value"),
            (#"{"a":\#(deep)}"#, "at most 32"), (#"{"email":"a","email":"b"}"#, "member “email” twice"),
            (#"{"\#(long)":1,"\#(long)":1}"#, "twice in one object"), (#"{"a":"\x"}"#, "an escape that there is not"),
            (#"{"a":"\ud800"}"#, "surrogates"), (#"{"email":"a\u0000b"}"#, "U+0000, which is not taken"),
            ("{\"a\":\"\u{1}\"}", "at byte 6 stands"), (#"{"a":1e999}"#, "number at byte 5"),
        ]
        try await withServer { server in
            for (body, told) in faults {
                let answer = try await server.post("/api/v1/auth/magic_link", jsonText: body)
                #expect(answer.status == .badRequest && answer.error == "invalid_request", "\(body)")
                let message = try #require(answer.message)
                #expect(message.contains(told) && message.count < 250, "\(message)")
                for name in ["position:", "maximum:", "unexpected", "duplicateMember(", "invalidEscape"] {
                    #expect(!message.contains(name), "\(message)")
                }
            }
            let bytes = Array(#"{"a":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
            let answer = try await server.send(
                .post, "/api/v1/auth/magic_link", headers: [.contentType: "application/json"], body: bytes)
            #expect(answer.message?.contains("at byte 6 is not UTF-8") == true)
        }
    }
}
