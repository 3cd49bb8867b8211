extension Setting {
    static let signingKeyLifetime = Setting(
        name: "signing_key_lifetime", kind: .text,
        values: "a whole number with `s`, `m`, `h` or `d`, from `1h` to `730d`; from `5s` with dev", fallback: "90d",
        flag: "--signing-key-lifetime",
        explanation: "How long a key signs before the next takes over. The next one is published a day before, or a "
            + "tenth of this, and never later than verifiers need to learn of it.")

    static let masterKey = Setting(
        name: "master_key", kind: .text, values: "32 bytes in base64url without padding", fallback: "the key file",
        flag: nil, isSecret: true,
        explanation: "The key every other key is derived from or wrapped by, given here instead of in a file.")

    static let formerMasterKey = Setting(
        name: "former_master_key", kind: .text, values: "32 bytes in base64url without padding",
        fallback: "keys/former-master.key, when it is there", flag: nil, isSecret: true,
        explanation:
            "The master key before the present one, while it is being changed: what it wrapped is wrapped anew "
            + "at the start, and tokens it made are still taken.")
}
