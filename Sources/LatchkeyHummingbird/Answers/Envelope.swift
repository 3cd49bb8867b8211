import LatchkeyVerifier

/// The shape of an API's JSON: what stands around the data of a good answer, and how a refusal is written.
///
/// Handlers answer plain data, with whatever encoder they like; ``APIAnswers`` puts the envelope around it. An API with
/// a shape of its own conforms to this.
public protocol Envelope: Sendable {
    /// What goes around the data of a good answer.
    ///
    /// - Parameter requestID: consists of letters, digits and `._-`, which need no escaping.
    func frame(requestID: String) -> EnvelopeFrame

    /// The whole JSON body of a refusal.
    ///
    /// - Parameter requestID: empty where there is none.
    func body(of refusal: APIRefusal, requestID: String) -> [UInt8]
}

/// JSON text before and after the data.
public struct EnvelopeFrame: Hashable, Sendable {
    /// What comes before it.
    public let before: String
    /// What comes after it.
    public let after: String

    /// This text around the data.
    public init(before: String, after: String) {
        self.before = before
        self.after = after
    }

    /// The data by itself.
    public static let none = EnvelopeFrame(before: "", after: "")

    var isEmpty: Bool { before.isEmpty && after.isEmpty }
}

/// Data by itself, and `{"error":{"code":"…","message":"…"}}`.
public struct PlainEnvelope: Envelope {
    /// The envelope that is none.
    public init() {}

    /// Nothing.
    public func frame(requestID: String) -> EnvelopeFrame { .none }

    /// `{"error":{"code":"…","message":"…"}}`
    public func body(of refusal: APIRefusal, requestID: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.beginObject("error")
        json.member("code", refusal.code)
        json.member("message", refusal.message)
        json.endObject()
        json.endObject()
        return json.bytes
    }
}

/// `{"data":…}`, and `{"error":{"message":"…","code":"NOT_FOUND"}}` with codes in capitals.
public struct DataEnvelope: Envelope {
    /// The envelope.
    public init() {}

    /// `{"data":…}`
    public func frame(requestID: String) -> EnvelopeFrame { EnvelopeFrame(before: "{\"data\":", after: "}") }

    /// `{"error":{"message":"…","code":"NOT_FOUND"}}`
    public func body(of refusal: APIRefusal, requestID: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.beginObject("error")
        json.member("message", refusal.message)
        json.member("code", refusal.code.uppercased())
        json.endObject()
        json.endObject()
        return json.bytes
    }
}

/// `{"success":true,"data":…,"meta":{"apiVersion":"v1","requestId":"…"}}`, and
/// `{"success":false,"error":{"code":"…","message":"…","requestId":"…"}}`.
public struct SuccessEnvelope: Envelope {
    /// `,"meta":{"apiVersion":"v1","requestId":"`
    private let beforeRequestID: String

    /// The envelope of this version of an API: `v1`.
    public init(apiVersion: String) {
        var json = JSONWriter()
        json.element(apiVersion)
        beforeRequestID =
            ",\"meta\":{\"apiVersion\":" + String(decoding: json.bytes, as: UTF8.self) + ",\"requestId\":\""
    }

    /// `{"success":true,"data":…,"meta":{"apiVersion":"v1","requestId":"…"}}`
    public func frame(requestID: String) -> EnvelopeFrame {
        EnvelopeFrame(before: "{\"success\":true,\"data\":", after: beforeRequestID + requestID + "\"}}")
    }

    /// `{"success":false,"error":{"code":"…","message":"…","requestId":"…"}}`
    public func body(of refusal: APIRefusal, requestID: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("success", false)
        json.beginObject("error")
        json.member("code", refusal.code)
        json.member("message", refusal.message)
        json.member("requestId", requestID)
        json.endObject()
        json.endObject()
        return json.bytes
    }
}
