/// A QR code as one SVG path: a rectangle for each run of dark modules.
struct QRDrawing: Sendable {
    let path: String
    /// With the quiet zone around it that ISO/IEC 18004 asks for: four modules.
    let viewBox: String

    /// - Parameter modules: rows from the top; true is dark.
    init(_ modules: [[Bool]]) {
        var path = ""
        for (y, row) in modules.enumerated() {
            var x = 0
            while x < row.count {
                let length = row[x...].prefix { $0 == row[x] }.count
                if row[x] { path += "M\(x) \(y)h\(length)v1h-\(length)z" }
                x += length
            }
        }
        self.path = path
        viewBox = "-4 -4 \(modules.count + 8) \(modules.count + 8)"
    }
}
