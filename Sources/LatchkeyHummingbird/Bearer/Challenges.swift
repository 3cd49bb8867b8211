/// `WWW-Authenticate`: what a client is told to do (RFC 6750 §3), with the address of the API's metadata when there is
/// one (RFC 9728 §5.1).
struct Challenges: Sendable {
    private let end: String

    init(_ resource: ProtectedResource?) {
        end = resource.map { ", resource_metadata=\"\($0.metadataURL)\"" } ?? ""
    }

    /// For a request that says nothing of a token: no error code (RFC 6750 §3.1).
    var missing: String { "Bearer realm=\"api\"" + end }

    /// For a token that will not do.
    ///
    /// - Parameters:
    ///   - code: of RFC 6750 §3.1 or RFC 9470 §3.
    ///   - parameters: besides, in this order.
    func error(_ code: String, _ description: String, _ parameters: [(name: String, value: String)] = []) -> String {
        var text = "Bearer realm=\"api\", error=\"\(code)\", error_description=\"\(description.quotable)\""
        for (name, value) in parameters { text += ", \(name)=\"\(value.quotable)\"" }
        return text + end
    }
}

extension String {
    /// This text in the characters that RFC 6750 §3 allows: what is sent may name what a token says.
    fileprivate var quotable: String {
        let plain = unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar {
            case "\"", "\\": "'"
            case " "..."~": scalar
            default: "?"
            }
        }
        return String(String.UnicodeScalarView(plain.prefix(400)))
    }
}
