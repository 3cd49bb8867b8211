import COpenSSL

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// The 32 bytes of the digest.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] {
        hash(bytes[...])
    }

    static func hash(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe LibCrypto.require(
                    EVP_Digest(bytes.baseAddress, bytes.count, digest.baseAddress, nil, LibCrypto.sha256, nil),
                    "SHA-256")
            }
            count = 32
        }
    }
}
