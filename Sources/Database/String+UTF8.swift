extension String {
    /// A text as an engine holds it. Nil when it is not UTF-8.
    init?(utf8 bytes: UnsafeRawBufferPointer) {
        // What is all ASCII needs no proof, and nearly everything is.
        if bytes.reduce(0, |) < 0x80 {
            self.init(decoding: bytes, as: UTF8.self)
        } else {
            self.init(validating: bytes, as: UTF8.self)
        }
    }
}
