import JOSE

extension BinaryInteger {
    /// `1 passkey`, `2 passkeys`, `0 passkeys`
    ///
    /// - Parameter many: for a noun that takes more than an `s`.
    func of(_ noun: String, _ many: String? = nil) -> String {
        "\(grouped) \(self == 1 ? noun : many ?? noun + "s")"
    }
}
