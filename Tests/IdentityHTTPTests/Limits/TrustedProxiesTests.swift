import HTTPTypes
import JOSE
import Testing

@testable import IdentityHTTP

/// Who the caller is, by the connection and by what proxies say.
struct TrustedProxiesTests {
    private let proxies = TrustedProxies("10.0.0.0/8, 127.0.0.1, ::1, fd00::/8") ?? .none
    private let forwardedFor = HTTPField.Name("X-Forwarded-For") ?? .date
    private let forwarded = HTTPField.Name("Forwarded") ?? .date

    private func caller(
        _ peer: String? = "10.0.0.1", for lines: [String] = [], forwarded elements: [String] = []
    ) -> String {
        var headers = HTTPFields()
        for line in lines { headers.append(HTTPField(name: forwardedFor, value: line)) }
        for element in elements { headers.append(HTTPField(name: forwarded, value: element)) }
        return proxies.caller(peer: peer, headers)
    }

    @Test(
        "from a peer that is no trusted proxy nothing is believed",
        arguments: ["203.0.113.5", "2001:db8::5", "11.0.0.1"])
    func untrustedPeer(peer: String) {
        #expect(caller(peer, for: ["198.51.100.1"]) == peer)
        #expect(caller(peer, for: ["10.0.0.1, 127.0.0.1"]) == peer)
        #expect(caller(peer, forwarded: ["for=198.51.100.1"]) == peer)
        #expect(caller("::ffff:203.0.113.5", for: ["198.51.100.1"]) == "203.0.113.5")
        #expect(TrustedProxies.none.caller(peer: peer, [forwardedFor: "198.51.100.1"]) == peer)
    }

    @Test("a connection without an address is nobody's, whatever it says")
    func noPeer() {
        #expect(caller(nil, for: ["198.51.100.1"]) == "unknown")
        #expect(caller("/run/socket", for: ["198.51.100.1"]) == "/run/socket")
    }

    @Test("the caller is the right-most hop that is no trusted proxy")
    func chains() {
        #expect(caller() == "10.0.0.1")
        #expect(caller(for: ["203.0.113.9"]) == "203.0.113.9")
        #expect(caller(for: ["198.51.100.1, 203.0.113.9"]) == "203.0.113.9")
        #expect(caller(for: ["198.51.100.1, 203.0.113.9, 10.0.0.7, fd00::7"]) == "203.0.113.9")
        #expect(caller(for: ["203.0.113.9,10.0.0.7,\t10.0.0.8 "]) == "203.0.113.9")
        #expect(caller(for: ["10.0.0.9, 10.0.0.7"]) == "10.0.0.9")
        #expect(caller("::ffff:127.0.0.1", for: ["203.0.113.9"]) == "203.0.113.9")
    }

    @Test("a header sent twice is one header, in order")
    func twice() {
        #expect(caller(for: ["198.51.100.1", "203.0.113.9"]) == "203.0.113.9")
        #expect(caller(for: ["198.51.100.1, 203.0.113.9", "10.0.0.7"]) == "203.0.113.9")
        #expect(caller(forwarded: ["for=198.51.100.1", "for=203.0.113.9;proto=https"]) == "203.0.113.9")
    }

    @Test(
        "ports and brackets are taken off",
        arguments: [
            ("203.0.113.9:4711", "203.0.113.9"), ("[2001:db8::9]:4711", "2001:db8::9"),
            ("[2001:db8::9]", "2001:db8::9"),
            ("2001:DB8:0::9", "2001:db8::9"), ("[::ffff:203.0.113.9]:1", "203.0.113.9"),
            ("203.0.113.9:_x", "203.0.113.9"),
        ])
    func ports(entry: String, address: String) {
        #expect(caller(for: [entry]) == address)
        #expect(caller(forwarded: ["for=\"\(entry)\""]) == address)
    }

    @Test(
        "where a trusted proxy tells of no address, the caller is that proxy, and what stands before is not read",
        arguments: [
            "", " ", "unknown", "_hidden", "203.0.113.9:", "203.0.113.9:99999", "[2001:db8::9", "2001:db8::9]",
            "[203.0.113.9]",
            "203.0.113", "example.com", "203.0.113.9 203.0.113.8", "\"203.0.113.9\"", "for=203.0.113.9", "fe80::1%eth0",
            "\u{1}",
        ])
    func rubbish(entry: String) {
        #expect(caller(for: ["198.51.100.1, \(entry)"]) == "10.0.0.1")
        #expect(caller(for: ["198.51.100.1, \(entry), 10.0.0.7"]) == "10.0.0.7")
        #expect(caller(for: [entry]) == "10.0.0.1")
    }

    @Test("Forwarded is read to the letter")
    func forwardedElements() {
        #expect(caller(forwarded: ["For=203.0.113.9;Proto=https;by=10.0.0.1"]) == "203.0.113.9")
        #expect(caller(forwarded: ["proto=https ; for=\"203.0.113.9\" , for=10.0.0.4"]) == "203.0.113.9")
        #expect(caller(forwarded: ["for=\"\\2\\03.0.113.9\""]) == "203.0.113.9")
        #expect(caller(forwarded: ["for=\"a,b;c\", for=203.0.113.9"]) == "203.0.113.9")
        #expect(caller(forwarded: ["for=203.0.113.9, proto=https"]) == "10.0.0.1", "it does not say for whom")
    }

    @Test(
        "what a caller writes into Forwarded cannot hide what the proxy writes after it",
        arguments: [
            "for=\"", "for=198.51.100.1;x=\"", "for=198.51.100.1;x=\"\\", "for=198.51.100.1;for=198.51.100.2", "=",
            ";=",
            "for=198.51.100.1;;=", "for =198.51.100.1", "for= 198.51.100.1", "for", "\"", "for=198.51.100.1 x",
        ])
    func openQuotation(prefix: String) {
        for written in ["for=203.0.113.9", "for=\"[2001:db8::9]:1\""] {
            let answer = caller(forwarded: ["\(prefix), \(written)"])
            #expect(["10.0.0.1", "203.0.113.9", "2001:db8::9"].contains(answer), "\(answer)")
            // In a field of its own it is out of reach.
            #expect(["203.0.113.9", "2001:db8::9"].contains(caller(forwarded: [prefix, written])))
        }
    }

    @Test("where the two headers disagree neither is believed: the proxy writes one of them and passes on the other")
    func twoTales() {
        #expect(caller(for: ["203.0.113.9"], forwarded: ["for=203.0.113.9"]) == "203.0.113.9")
        #expect(caller(for: ["203.0.113.9"], forwarded: ["for=198.51.100.1"]) == "10.0.0.1")
        #expect(caller(for: ["203.0.113.9"], forwarded: ["for=\""]) == "10.0.0.1")
    }

    @Test("a hundred hops are followed, and a hundred made-up ones before the caller change nothing")
    func longChains() {
        let inner = (0..<100).map { "10.1.0.\($0)" }.joined(separator: ", ")
        let madeUp = (0..<100).map { "198.51.100.\($0)" }.joined(separator: ", ")
        #expect(caller(for: ["203.0.113.9, \(inner)"]) == "203.0.113.9")
        #expect(caller(for: [madeUp, "203.0.113.9", inner]) == "203.0.113.9")
        #expect(caller(for: [inner]) == "10.1.0.0")
    }

    @Test("whatever a caller sends first, the answer is the address that the proxy saw")
    func anyPrefix() {
        let alphabet = Array("0123456789abcdef.:,;= \"\\[]_%for-\t")
        for _ in 0..<3_000 {
            let noise = RandomSource.system.bytes(40).map { alphabet[Int($0) % alphabet.count] }
            let prefix = String(noise)
            #expect(caller(for: ["\(prefix), 203.0.113.9"]) == "203.0.113.9", "\(prefix)")
            #expect(caller(for: [prefix, "203.0.113.9"]) == "203.0.113.9", "\(prefix)")
            #expect(caller(forwarded: [prefix, "for=203.0.113.9"]) == "203.0.113.9", "\(prefix)")
            let joined = caller(forwarded: ["\(prefix), for=203.0.113.9"])
            #expect(joined == "203.0.113.9" || joined == "10.0.0.1", "\(prefix)")
        }
    }

    @Test(
        "a list with a slip is refused as a whole",
        arguments: ["", ",", "10.0.0.0/8,", "10.0.0.1, proxy", "10.0.0.1 ;10.0.0.2"])
    func lists(text: String) {
        #expect(TrustedProxies(text) == nil)
    }
}
