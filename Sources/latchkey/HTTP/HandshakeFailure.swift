import NIOSSL

/// Why a TLS handshake came to nothing. The library tells most causes in its text alone, and that text names files of
/// whoever built it: it is looked at here and shown nowhere.
enum HandshakeFailure: Hashable, Sendable {
    /// The certificate leads to no authority that is believed, or is out of date.
    case untrusted
    case otherName
    /// What answers speaks no TLS.
    case inTheClear
    case ended
    /// With the library's name of the cause, where it has one.
    case other(String?)

    /// Nil for errors that are no handshake's.
    init?(_ error: any Error) {
        switch error {
        case let error as NIOSSLExtraError where error == .failedToValidateHostname: self = .otherName
        case NIOSSLError.handshakeFailed(let cause): self = HandshakeFailure(cause: cause)
        case let cause as BoringSSLError: self = HandshakeFailure(cause: cause)
        case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate: self = .untrusted
        default: return nil
        }
    }

    private init(cause: BoringSSLError) {
        let stack =
            switch cause {
            case .sslError(let stack), .unknownError(let stack): stack
            default: NIOBoringSSLErrorStack()
            }
        let names = stack.compactMap { Self.name(in: $0.description) }
        self =
            if names.contains("CERTIFICATE_VERIFY_FAILED") {
                .untrusted
            } else if names.contains("WRONG_VERSION_NUMBER") {
                .inTheClear
            } else if stack.contains(.eofDuringHandshake) {
                .ended
            } else {
                .other(names.first)
            }
    }

    /// `CERTIFICATE_VERIFY_FAILED` of `Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at …`
    static func name(in text: String) -> String? {
        let parts = text.split(separator: ":")
        guard let mark = parts.firstIndex(of: "OPENSSL_internal"), mark + 1 < parts.endIndex else { return nil }
        let name = parts[mark + 1].prefix { $0 == "_" || ($0.isASCII && ($0.isUppercase || $0.isNumber)) }
        return name.isEmpty ? nil : String(name)
    }

    /// What doctor, which looks at the times by itself, says too.
    static let distrust = "of no authority that this machine believes"

    /// As it follows a colon.
    var words: String {
        switch self {
        case .untrusted: "its certificate is \(Self.distrust), or has expired"
        case .otherName: "its certificate is not for that name"
        case .inTheClear: "what answers there does not speak TLS"
        case .ended: "it hung up in the TLS handshake"
        case .other(let name): "the TLS handshake failed" + (name.map { " (\($0))" } ?? "")
        }
    }

    /// For programs. That of a certificate is not that of a server which does not answer: waiting mends nothing.
    var code: String {
        switch self {
        case .untrusted: "certificate_untrusted"
        case .otherName: "certificate_name"
        case .inTheClear, .ended, .other: "out_of_reach"
        }
    }

    var next: String {
        switch self {
        case .untrusted: Authorities.advice
        case .otherName: "Name the server as its certificate does: --issuer URL, or get a certificate for this name."
        case .inTheClear, .ended, .other:
            "Is the port right? The server of an https issuer, or a proxy, speaks TLS there."
        }
    }
}
