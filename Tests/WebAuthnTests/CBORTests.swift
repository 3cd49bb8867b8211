import JOSE
import Testing
import WebAuthn

@Suite("CBOR")
struct CBORTests {
    @Test(
        "the canonical examples of RFC 8949 Appendix A are read, and written again to the byte",
        arguments: [
            ("00", .unsigned(0)), ("01", .unsigned(1)), ("0a", .unsigned(10)), ("17", .unsigned(23)),
            ("1818", .unsigned(24)), ("1864", .unsigned(100)), ("1903e8", .unsigned(1000)),
            ("1a000f4240", .unsigned(1_000_000)), ("1b000000e8d4a51000", .unsigned(1_000_000_000_000)),
            ("1bffffffffffffffff", .unsigned(.max)), ("3bffffffffffffffff", .negative(.max)), ("20", .negative(0)),
            ("29", .negative(9)), ("3863", .negative(99)), ("3903e7", .negative(999)), ("f4", .bool(false)),
            ("f5", .bool(true)), ("f6", .null), ("40", .bytes([])), ("4401020304", .bytes([1, 2, 3, 4])),
            ("60", .text("")), ("6161", .text("a")), ("6449455446", .text("IETF")), ("62225c", .text("\"\\")),
            ("62c3bc", .text("ü")), ("63e6b0b4", .text("水")), ("64f0908591", .text("𐅑")), ("80", .array([])),
            ("83010203", .array([.unsigned(1), .unsigned(2), .unsigned(3)])),
            (
                "8301820203820405",
                .array([
                    .unsigned(1), .array([.unsigned(2), .unsigned(3)]), .array([.unsigned(4), .unsigned(5)]),
                ])
            ),
            ("a0", cborMap()), ("a201020304", cborMap((.unsigned(1), .unsigned(2)), (.unsigned(3), .unsigned(4)))),
            ("826161a161626163", .array([.text("a"), cborMap((.text("b"), .text("c")))])),
        ] as [(String, CBORValue)])
    func examples(digits: String, value: CBORValue) throws {
        #expect(try CBORValue.decode(bytes(hex: digits)) == value)
        #expect(hex(value.encoded) == digits)
    }

    @Test(
        "the examples of RFC 8949 that are not canonical, and what CTAP2 forbids, are refused",
        arguments: [
            // Floats, simple values, undefined
            ("f90000", .unsupported(position: 0)), ("fa47c35000", .unsupported(position: 0)),
            ("fb3ff199999999999a", .unsupported(position: 0)), ("f97e00", .unsupported(position: 0)),
            ("f7", .unsupported(position: 0)), ("f0", .unsupported(position: 0)), ("f8ff", .unsupported(position: 0)),
            ("f814", .unsupported(position: 0)), ("f818", .unsupported(position: 0)),
            // Tags
            ("c11a514b67b0", .unsupported(position: 0)), ("c249010000000000000000", .unsupported(position: 0)),
            ("d818456449455446", .unsupported(position: 0)), ("a101c001", .unsupported(position: 2)),
            // Indefinite lengths, and the break alone
            ("5f42010243030405ff", .indefiniteLength(position: 0)),
            ("7f657374726561646d696e67ff", .indefiniteLength(position: 0)),
            ("9fff", .indefiniteLength(position: 0)), ("bfff", .indefiniteLength(position: 0)),
            ("8201ff", .indefiniteLength(position: 2)), ("ff", .indefiniteLength(position: 0)),
            // Reserved
            ("1c", .unsupported(position: 0)), ("5d", .unsupported(position: 0)), ("fe", .unsupported(position: 0)),
            // Not the shortest
            ("1817", .notShortest(position: 0)), ("1900ff", .notShortest(position: 0)),
            ("1a0000ffff", .notShortest(position: 0)), ("1b00000000ffffffff", .notShortest(position: 0)),
            ("3800", .notShortest(position: 0)), ("580101", .notShortest(position: 0)),
            ("780161", .notShortest(position: 0)), ("9800", .notShortest(position: 0)),
            ("b800", .notShortest(position: 0)),
            // Keys out of order, twice, or of another kind
            ("a203000100", .unsortedKeys(position: 3)), ("a201000100", .unsortedKeys(position: 3)),
            ("a220000100", .unsortedKeys(position: 3)), ("a2616100620000", .unexpectedEnd),
            ("a262616100616100", .unsortedKeys(position: 5)), ("a261620061" + "6100", .unsortedKeys(position: 4)),
            ("a2181800" + "0100", .unsortedKeys(position: 4)), ("a1410100", .invalidKey(position: 1)),
            ("a1f500", .invalidKey(position: 1)), ("a1800000", .invalidKey(position: 1)),
            // Texts that are none
            ("61ff", .invalidUTF8(position: 1)), ("62c328", .invalidUTF8(position: 1)),
            ("63eda080", .invalidUTF8(position: 1)), ("62c080", .invalidUTF8(position: 1)),
            // Too short, too long
            ("", .unexpectedEnd), ("18", .unexpectedEnd), ("1901", .unexpectedEnd), ("41", .unexpectedEnd),
            ("81", .unexpectedEnd), ("a1", .unexpectedEnd), ("a101", .unexpectedEnd), ("62c3", .unexpectedEnd),
            ("0000", .trailingBytes(position: 1)), ("a000", .trailingBytes(position: 1)),
            // Lengths beyond anything
            ("5bffffffffffffffff", .unexpectedEnd), ("7b7fffffffffffffff", .unexpectedEnd),
            ("9bffffffffffffffff00", .unexpectedEnd), ("bb8000000000000000" + "00", .unexpectedEnd),
            ("bbffffffffffffffff00", .unexpectedEnd), ("9a7fffffff00", .unexpectedEnd),
        ] as [(String, CBORError)])
    func refused(digits: String, reason: CBORError) {
        #expect(throws: reason) { try CBORValue.decode(bytes(hex: digits)) }
    }

    @Test("five levels are read; six, and ten thousand, are refused")
    func depth() throws {
        let five = [UInt8](repeating: 0x81, count: 4) + [0x80]
        #expect(try CBORValue.decode(five).encoded == five)
        #expect(throws: CBORError.tooDeep) { try CBORValue.decode([0x81] + five) }
        let maps = (0..<10_000).flatMap { _ in [0xA1, 0x01] as [UInt8] }
        for deep in [
            [UInt8](repeating: 0x81, count: 10_000) + [0], maps + [0], [UInt8](repeating: 0xA1, count: 10_000),
        ] {
            #expect(throws: CBORError.self) { try CBORValue.decode(deep) }
        }
    }

    @Test("64 KiB are read, and no more")
    func length() throws {
        let most = CBORValue.maximumLength - 3
        #expect(try CBORValue.decode(CBORValue.bytes([UInt8](repeating: 0, count: most)).encoded).bytes?.count == most)
        #expect(throws: CBORError.tooLong) {
            try CBORValue.decode(CBORValue.bytes([UInt8](repeating: 0, count: most + 1)).encoded)
        }
    }

    @Test("no vector is read when it is cut short or goes on", arguments: Vector.good + Vector.framed + Vector.foreign)
    func cut(name: String) throws {
        let object = try Vector(name)["registration.attestationObject"]
        #expect(try CBORValue.decode(object).encoded == object)
        for count in object.indices {
            #expect(throws: CBORError.unexpectedEnd) { try CBORValue.decode(Array(object[..<count])) }
        }
        for byte in UInt8.min...UInt8.max {
            #expect(throws: CBORError.trailingBytes(position: object.count)) { try CBORValue.decode(object + [byte]) }
        }
    }

    @Test("numbers of 64 bits and a sign are read as such, larger ones are none")
    func integers() throws {
        #expect(CBORValue.unsigned(UInt64(Int64.max)).integer == .max)
        #expect(CBORValue.unsigned(UInt64(Int64.max) + 1).integer == nil)
        #expect(CBORValue.negative(UInt64(Int64.max)).integer == .min)
        #expect(CBORValue.negative(UInt64(Int64.max) + 1).integer == nil)
        #expect(CBORValue.negative(6).integer == -7)
        #expect(CBORValue.text("7").integer == nil)
    }
}
