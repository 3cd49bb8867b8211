import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The settings `tls_certificate` and `tls_key`: two PEM files, which whoever renews the certificate replaces.
struct TLSFiles: Hashable, Sendable {
    /// The server's certificate, then those that lead from it to an authority.
    let certificate: String
    /// Its private key, without a passphrase.
    let key: String

    private static let maximumSize = 1 << 20

    /// Reads both and sees that they belong together.
    func load() throws(TLSRefusal) -> TLSCertificate {
        try refuseExposedKey()
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMBytes(try Self.bytes(of: certificate))
        } catch let refusal as TLSRefusal {
            throw refusal
        } catch {
            throw .unusable(certificate, "holds no certificate in PEM")
        }
        guard let leaf = chain.first else { throw .unusable(certificate, "holds no certificate in PEM") }
        let privateKey: NIOSSLPrivateKey
        do {
            privateKey = try NIOSSLPrivateKey(bytes: try Self.bytes(of: key), format: .pem)
        } catch let refusal as TLSRefusal {
            throw refusal
        } catch {
            throw .unusable(key, "holds no private key in PEM that opens without a passphrase")
        }
        let loaded = TLSCertificate(chain: chain, key: privateKey, expiresAt: leaf.expiresAt)
        guard (try? NIOSSLContext(configuration: loaded.serverConfiguration)) != nil else { throw .mismatch(self) }
        return loaded
    }

    /// What changes when one of the files does: for each which file it is, how long, and when it was written.
    var versions: [FileVersion?] { [FileVersion(certificate), FileVersion(key)] }

    /// Whoever reads the key can pass for this server.
    private func refuseExposedKey() throws(TLSRefusal) {
        var status = stat()
        guard stat(key, &status) == 0 else { throw .unreadable(key, String(cString: strerror(errno))) }
        guard status.st_mode & 0o077 == 0 else { throw .exposed(key) }
    }

    /// What a file holds, at most 1 MiB of it.
    static func bytes(of path: String) throws(TLSRefusal) -> [UInt8] {
        guard let file = fopen(path, "re") else { throw .unreadable(path, String(cString: strerror(errno))) }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: maximumSize)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else { throw .unreadable(path, String(cString: strerror(errno))) }
        return Array(bytes[..<count])
    }
}

/// Which version of a file is there.
struct FileVersion: Hashable, Sendable {
    private let numbers: [Int64]

    /// Nil when there is none.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        numbers = [
            Int64(truncatingIfNeeded: status.st_dev), Int64(truncatingIfNeeded: status.st_ino),
            Int64(status.st_size), Int64(time.tv_sec), Int64(time.tv_nsec), Int64(status.st_mode),
        ]
    }
}

/// Why there is no TLS with these files.
enum TLSRefusal: Error, Hashable, Sendable {
    case unreadable(String, String)
    case unusable(String, String)
    case exposed(String)
    /// The key is not that of the certificate.
    case mismatch(TLSFiles)

    var message: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)."
        case .unusable(let path, let reason): "\(path) \(reason)."
        case .exposed(let path): "\(path) can be read by others on this machine."
        case .mismatch(let files):
            "The key in \(files.key) is not that of the first certificate in \(files.certificate)."
        }
    }

    var next: String {
        switch self {
        case .unreadable: "tls_certificate and tls_key are PEM files that this user may read."
        case .unusable: "tls_certificate holds the server's certificate and then its chain, tls_key its private key."
        case .exposed(let path): "Run: chmod 600 \(path)"
        case .mismatch: "Name two files that were made together; the server's own certificate comes first."
        }
    }
}

extension CommandFailure {
    init(_ refusal: TLSRefusal) {
        self.init(.refused, code: "tls", refusal.message, next: refusal.next)
    }
}
