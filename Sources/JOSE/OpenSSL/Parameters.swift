import COpenSSL

// The arguments of a fetched algorithm, as libcrypto 3 takes them: name, pointer, length. libcrypto copies neither the
// name nor the value, so names are static strings and values must outlive the call that takes the list.

extension OSSL_PARAM {
    static let digest: StaticString = "digest"
    static let key: StaticString = "key"
    static let info: StaticString = "info"
    static let group: StaticString = "group"
    static let publicKey: StaticString = "pub"
    static let modulus: StaticString = "n"
    static let exponent: StaticString = "e"

    static func text(_ name: StaticString, _ value: UnsafeMutablePointer<CChar>?) -> OSSL_PARAM {
        unsafe OSSL_PARAM_construct_utf8_string(pointer(name), value, 0)
    }

    static func bytes(_ name: StaticString, _ value: UnsafeMutableRawPointer?, _ count: Int) -> OSSL_PARAM {
        unsafe OSSL_PARAM_construct_octet_string(pointer(name), value, count)
    }

    /// An unsigned number, its least significant byte first.
    static func number(_ name: StaticString, _ value: UnsafeMutablePointer<UInt8>?, _ count: Int) -> OSSL_PARAM {
        unsafe OSSL_PARAM_construct_BN(pointer(name), value, count)
    }

    static var end: OSSL_PARAM { unsafe OSSL_PARAM_construct_end() }

    private static func pointer(_ name: StaticString) -> UnsafePointer<CChar> {
        unsafe UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
