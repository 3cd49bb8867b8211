import HTTPTypes
import Synchronization
import Testing

/// A browser: keeps its cookies, and sends back the form token of the page it saw last.
final class TestBrowser: Sendable {
    private struct State {
        var cookies: [String: String] = [:]
        var formToken: String?
    }

    let server: TestServer
    private let state: Mutex<State>

    init(_ server: TestServer, cookies: [String: String] = [:]) {
        self.server = server
        state = Mutex(State(cookies: cookies))
    }

    var cookies: [String: String] { state.withLock { $0.cookies } }
    var formToken: String? { state.withLock { $0.formToken } }

    /// The value of its one cookie.
    var cookie: String {
        get throws { try #require(cookies.values.first) }
    }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> Answer {
        see(try await server.get(path, headers: withCookies(headers)))
    }

    func send(_ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:]) async throws -> Answer {
        see(try await server.send(method, path, headers: withCookies(headers)))
    }

    /// Sends a form with the form token of the last page.
    func post(
        _ path: String, _ form: KeyValuePairs<String, String> = [:], headers: HTTPFields = [:]
    ) async throws -> Answer {
        let fields = [("csrf", formToken ?? "")] + form.map { ($0.key, $0.value) }
        let text = fields.map { "\(formEncoded($0.0))=\(formEncoded($0.1))" }.joined(separator: "&")
        return try await postText(path, text, headers: headers)
    }

    /// Sends a form that is written already, without any form token but its own.
    func postText(_ path: String, _ text: String, headers: HTTPFields = [:]) async throws -> Answer {
        see(try await server.post(path, formText: text, headers: withCookies(headers)))
    }

    private func withCookies(_ headers: HTTPFields) -> HTTPFields {
        var headers = headers
        let cookies = cookies
        if !cookies.isEmpty {
            headers[.cookie] = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
                separator: "; ")
        }
        return headers
    }

    private func see(_ answer: Answer) -> Answer {
        state.withLock { state in
            for field in answer.headers[values: .setCookie] {
                let pair = field.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1).map(String.init)
                guard let name = pair.first else { continue }
                state.cookies[name] = field.contains("Max-Age=0;") ? nil : pair.count == 2 ? pair[1] : ""
            }
            if let token = answer.text.value(after: #"name="csrf" value=""#) { state.formToken = token }
        }
        return answer
    }
}

extension TestBrowser {
    /// Asks for a sign-in mail. The page to wait on is not opened yet.
    func askForLink(_ email: String, returnTo: String? = nil) async throws -> ReceivedMail {
        _ = try await get("/login")
        let answer =
            if let returnTo { try await post("/login", ["email": email, "return_to": returnTo]) } else {
                try await post("/login", ["email": email])
            }
        try #require(answer.status == .seeOther, "\(answer.text)")
        return try await server.mail(to: email)
    }

    /// Signs in by the six digits of the mail.
    func signIn(_ email: String) async throws {
        let mail = try await askForLink(email)
        let answer = try await post("/login/code", ["code": mail.code])
        try #require(answer.status == .seeOther, "\(answer.text)")
        _ = try await get("/account")
    }

    /// Whether `/account` is shown to it.
    var isSignedIn: Bool {
        get async throws { try await get("/account").status == .ok }
    }
}

extension String {
    /// What stands between a mark and the next quotation mark.
    func value(after mark: String) -> String? {
        firstRange(of: mark).map { String(self[$0.upperBound...].prefix { $0 != "\"" }) }
    }
}
