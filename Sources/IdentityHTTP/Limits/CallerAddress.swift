/// Whom the limits count as one caller.
package enum CallerAddress {
    /// An IPv4 address by itself; of an IPv6 address the first 64 bits, for that many addresses are given to one
    /// customer (RFC 6177), who could come from another one with each request.
    package static func caller(_ address: String) -> String {
        guard address.contains(":"), !address.contains(".") else { return address }
        let halves = address.prefix { $0 != "%" }.split(separator: "::", omittingEmptySubsequences: false)
        let head = halves[0].split(separator: ":")
        let tail = halves.count > 1 ? halves[1].split(separator: ":") : []
        let zeros = repeatElement(Substring("0"), count: max(0, 8 - head.count - tail.count))
        return (head + zeros + tail).prefix(4).joined(separator: ":") + "::/64"
    }
}
