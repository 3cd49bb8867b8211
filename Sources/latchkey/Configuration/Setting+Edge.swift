extension Setting {
    static let tlsCertificate = Setting(
        name: "tls_certificate", kind: .text, values: "a file", fallback: "none: plain HTTP",
        flag: "--tls-certificate",
        explanation: "PEM: the server's certificate, then its chain. With it the server itself speaks TLS 1.2 and 1.3. "
            + "Read again when it changes.")

    static let tlsKey = Setting(
        name: "tls_key", kind: .text, values: "a file", fallback: "none", flag: "--tls-key",
        explanation: "PEM: the private key of `tls_certificate`, without a passphrase. Refused when others may read it."
    )

    static let trustedProxies = Setting(
        name: "trusted_proxies", kind: .text,
        values: "addresses and networks separated by commas, such as `127.0.0.1, 10.0.0.0/8, fd00::/8`",
        fallback: "none", flag: "--trusted-proxies",
        explanation: "The proxies whose `X-Forwarded-For` or `Forwarded` is believed for the address of the caller. "
            + "From anyone else both are ignored, and so is every other header that speaks of addresses or hosts.")
}
