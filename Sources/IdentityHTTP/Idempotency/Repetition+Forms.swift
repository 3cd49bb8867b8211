import Hummingbird
import Identity
import JOSE

/// The key of a form that makes a secret which is shown once. A new one is drawn each time a page is made, and sent in
/// a hidden field: so a browser that sends the same form again, because its page is reloaded, sends the same key.
enum FormKey {
    /// The field. No form of a page may have another of this name.
    static let field = "form_key"
    private static let byteCount = 16

    static func draw(_ random: RandomSource) -> String { Base64URL.encode(random.bytes(byteCount)) }

    /// Nil: the form is of a page that was made without.
    static func sent(in form: FormBody) throws -> String? {
        guard let key = form[field] else { return nil }
        guard Base64URL.decode(key)?.count == byteCount else {
            throw Refusal.invalidRequest("\(field) is no key of a form. Load the page anew, and send its form.")
        }
        return key
    }
}

extension Repetition {
    /// Does what a form asks for once, however often it is sent, and shows the same page each time: for a day, and to
    /// the browser that sent it first, as long as it is signed in.
    ///
    /// The second factor that comes with it is no part of the form: it is asked for in place, and a form that was sent
    /// with a code is the same form. Who sees the page again has shown one before.
    ///
    /// - Parameter sentBefore: shows the form once more, with a new key: this one has been sent with other entries.
    func respond(
        to call: Call, _ form: FormBody, of viewer: Browsers.Viewer, _ handler: (Call) async throws -> Response,
        sentBefore: (Refusal) async throws -> Response
    ) async throws -> Response {
        guard let key = try FormKey.sent(in: form) else { return try await handler(call) }
        let path = call.request.uri.path
        // All forms of a page have one key, and are told apart by where they go.
        let repeatable = RepeatableCall(
            credential: viewer.session.id.description, key: "\(path) \(key)", parts: [Array(path.utf8)] + form.entries)
        do {
            let response = try await respond(to: call, as: repeatable, handler)
            guard !(200..<300).contains(response.status.code) else { return response }
            // Perhaps the page says no for what the same form did a moment ago.
            return try await find(repeatable, call) ?? response
        } catch RepetitionRefusal.mismatch {
            return try await sentBefore(.formSentBefore)
        }
    }
}

extension FormBody {
    /// Name and value of all that a person has entered or chosen.
    fileprivate var entries: [[UInt8]] {
        let others = ["csrf", FormKey.field, StepUpGate.field, StepUpGate.credentialField]
        return fields.filter { !others.contains($0.name) }.flatMap { [Array($0.name.utf8), Array($0.value.utf8)] }
    }
}

extension Refusal {
    fileprivate static let formSentBefore = Refusal(
        .unprocessableContent, "form_sent",
        "This form was sent before with other entries, and that was done. Send it once more if you want this as well.")
}
