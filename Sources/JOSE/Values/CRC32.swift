/// The cyclic redundancy check of ISO/IEC 8802-3: any change within 32 bits in a row gives another one.
///
/// It keeps nobody out. It tells a scanner of source code a token from random text, and a person a typing error.
package enum CRC32 {
    private static let table: [UInt32] = (0...255).map { index in
        (0..<8).reduce(UInt32(index)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0xEDB8_8320 : rest >> 1 }
    }

    package static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { rest, byte in
            rest >> 8 ^ table[Int(UInt8(truncatingIfNeeded: rest) ^ byte)]
        }
    }
}
