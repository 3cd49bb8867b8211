/// Names of things: a prefix that tells what it is, and 80 random bits. `job_k3m9x0q7c2v8t5hz`
///
/// They cannot be guessed or counted. What keeps one tenant's things from another is the tenant in every query, and
/// not that.
enum Identifier {
    /// Crockford's base32: nothing in it looks like something else.
    private static let letters = Array("0123456789abcdefghjkmnpqrstvwxyz")

    static func make(_ prefix: String) -> String {
        var random = SystemRandomNumberGenerator()
        let name = (0..<16).map { _ in letters[Int(random.next() & 31)] }
        return prefix + "_" + String(name)
    }
}
