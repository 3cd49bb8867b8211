import JOSE
import Testing

@testable import Identity

struct IPAddressTests {
    @Test(
        "every spelling of an address is the same address, and is written in one way (RFC 5952)",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("::ffff:192.0.2.1", "192.0.2.1"),
            ("::FFFF:C000:0201", "192.0.2.1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("::", "::"), ("::1", "::1"),
            ("1::", "1::"), ("2001:db8::0001:0:0:1", "2001:db8::1:0:0:1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("2001:db8:1:2:3:4:5::", "2001:db8:1:2:3:4:5:0"),
        ])
    func spellings(text: String, canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
    }

    @Test(
        "whatever else stands there is no address",
        arguments: [
            "", " ", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1.2.3.-4", "0x1.2.3.4", "1.2.3.٤",
            "1..2.3",
            ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1::", "12345::", "g::",
            "1:2:3:4:5:6:7:",
            ":1:2:3:4:5:6:7", "fe80::1%eth0", "[::1]", "::1:80.1", "1.2.3.4::", "::1.2.3.4:5", "localhost", "unknown",
            "1:2:3:4:5:6:7:1.2.3.4", "::ffff:1.2.3.4.5", "+1::", "1:2:3:4:5:6:7:8/64", "1.2.3.4\u{0}",
            String(repeating: "1:", count: 100_000),
        ])
    func rubbish(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("what is written is read again as what it was, for a thousand addresses full of zeros")
    func roundTrip() {
        for _ in 0..<1_000 {
            let bytes = RandomSource.system.bytes(32)
            // Every other octet is zero, so that there are runs of all lengths.
            let octets = (0..<16).map { bytes[$0] & 1 == 0 ? 0 : bytes[16 + $0] }
            for address in [IPAddress(octets: octets), IPAddress(octets: Array(octets.prefix(4)))] {
                #expect(IPAddress(address.description) == address, "\(octets)")
            }
        }
    }

    @Test(
        "a network holds what begins with its bits, and no other",
        arguments: [
            (
                "10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"],
                ["11.0.0.0", "9.255.255.255", "::10.0.0.1"]
            ),
            ("192.0.2.64/26", ["192.0.2.64", "192.0.2.127"], ["192.0.2.63", "192.0.2.128"]),
            ("192.0.2.1", ["192.0.2.1"], ["192.0.2.0", "192.0.2.2"]),
            ("fd00::/8", ["fd00::", "fdff:ffff::1"], ["fc00::1", "fe00::", "253.0.0.1"]),
            ("2001:db8::/33", ["2001:db8:7fff::1"], ["2001:db8:8000::", "2001:db9::"]),
            ("::1", ["::1"], ["::2", "0.0.0.1"]),
        ])
    func networks(text: String, inside: [String], outside: [String]) throws {
        let network = try #require(IPNetwork(text))
        for address in inside { #expect(network.contains(try #require(IPAddress(address))), "\(address)") }
        for address in outside { #expect(!network.contains(try #require(IPAddress(address))), "\(address)") }
    }

    @Test(
        "a slip in a network is refused, and so is the network that is everyone",
        arguments: [
            "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10/8", "0.0.0.0/0",
            "::/0",
            "fd00::1/8", "fd00::/129", "10.0.0.0/8/8", "/8", "proxy.example.com", "::ffff:10.0.0.0/104", "*",
        ])
    func slips(text: String) {
        #expect(IPNetwork(text) == nil)
    }
}
