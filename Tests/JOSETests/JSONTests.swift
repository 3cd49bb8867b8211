import JOSE
import Testing

@Suite("JSON")
struct JSONTests {
    private func parse(_ text: String) throws(JSONError) -> JSONValue {
        try JSONValue.parse(Array(text.utf8))
    }

    @Test("every kind of value is read")
    func values() throws {
        let value = try parse(
            #" { "a" : [1, -2.5, 1e3, true, false, null, "x\u00e9\ud83d\ude00\n\/"], "b":{}, "":[] } "#)
        let object = try #require(value.object)
        #expect(object.members.map(\.name) == ["a", "b", ""])
        #expect(
            object["a"]
                == .array([
                    .integer(1), .number(-2.5), .number(1000), .bool(true), .bool(false), .null, .string("xé😀\n/"),
                ]))
        #expect(object["b"] == .object(JSONObject()))
        #expect(object["nothing"] == nil)
    }

    @Test("integers are exact to 64 bits and become doubles beyond")
    func integers() throws {
        #expect(try parse("9223372036854775807") == .integer(.max))
        #expect(try parse("-9223372036854775808") == .integer(.min))
        #expect(try parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
        #expect(try parse("1.0") == .number(1))
        #expect(try parse("0") == .integer(0))
        #expect(throws: JSONError.numberOutOfRange(position: 0)) { try self.parse("1e999") }
    }

    @Test(
        "what RFC 8259 does not allow is refused",
        arguments: [
            "", " ", "{", "[", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "[,]", "01", "-",
            "-01", "+1", "1.", ".5", "1e", "1e+", "0x1", "NaN", "Infinity", "tru", "truE", "nul", "\"", "\"\\\"",
            "\"\\x\"",
            "\"\\u12\"", "\"\\u12g4\"", "\"\t\"", "\"\u{0}\"", "1 2", "{} {}", "[1]x", "\u{FEFF}{}", "/*c*/1",
            "\"\\u0000\"",
            "\"\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\udc00\\ud800\"", "\u{0}",
            "{}\u{0}",
        ])
    func refused(text: String) {
        #expect(throws: JSONError.self) { try self.parse(text) }
    }

    @Test("a name that stands twice is refused, however it is escaped and however many there are")
    func duplicates() throws {
        #expect(throws: JSONError.duplicateMember("a")) { try self.parse(#"{"a":1,"a":1}"#) }
        #expect(throws: JSONError.duplicateMember("a")) { try self.parse(#"{"a":1,"\u0061":2}"#) }
        #expect(throws: JSONError.duplicateMember("a")) { try self.parse(#"[{"x":{"a":1,"b":2,"a":3}}]"#) }
        let many = (0..<20_000).map { "\"m\($0)\":0" }.joined(separator: ",")
        #expect(try parse("{\(many)}").object?.members.count == 20_000)
        #expect(throws: JSONError.duplicateMember("m7")) { try self.parse("{\(many),\"m7\":0}") }
        #expect(throws: JSONError.duplicateMember("m19999")) { try self.parse("{\(many),\"m19999\":0}") }
    }

    @Test(
        "invalid UTF-8 is refused",
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xC3], [0xF4, 0x90, 0x80, 0x80]])
    func invalidUTF8(inner: [UInt8]) {
        #expect(throws: JSONError.invalidUTF8(position: 1)) { try JSONValue.parse([0x22] + inner + [0x22]) }
    }

    @Test("depth is limited, and ten thousand levels end in an error")
    func depth() throws {
        let fits = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(throws: Never.self) { try self.parse(fits) }
        #expect(throws: JSONError.tooDeep(maximum: 32)) { try self.parse("[" + fits + "]") }
        for opening in ["[", "{\"a\":"] {
            let deep = Array(String(repeating: opening, count: 10_000).utf8)
            #expect(throws: JSONError.tooDeep(maximum: 32)) { try JSONValue.parse(deep) }
            #expect(throws: JSONError.tooDeep(maximum: 256)) { try JSONValue.parse(deep, maximumDepth: .max) }
        }
        #expect(throws: JSONError.tooDeep(maximum: -1)) { try JSONValue.parse([0x5B, 0x5D], maximumDepth: -1) }
        #expect(try JSONValue.parse([0x31], maximumDepth: 0) == .integer(1))
    }

    @Test("names are compared byte for byte")
    func lookalikeNames() throws {
        let object = try #require(try parse("{\"\u{212A}id\":1}").object)
        #expect(object["Kid"] == nil)
        #expect(object["\u{212A}id"] == .integer(1))
    }

    @Test("cutting or altering any byte never ends the process")
    func mutations() {
        let text = Array(#"{"a":[1,-2.5e3,true,null,"é\ud83d\ude00\n"],"b":{"c":"d"}}"#.utf8)
        for index in text.indices {
            _ = try? JSONValue.parse(Array(text[..<index]))
            for byte in UInt8.min...UInt8.max {
                var altered = text
                altered[index] = byte
                _ = try? JSONValue.parse(altered)
            }
        }
    }

    @Test("the writer escapes what must be escaped wherever it stands, and nothing else", arguments: 0..<20)
    func escapesAnywhere(place: Int) throws {
        for byte in UInt8(1)...0x7F {
            let text = String(repeating: "x", count: place) + String(UnicodeScalar(byte)) + "\u{7F}é~y"
            var json = JSONWriter()
            json.beginArray()
            json.element(text)
            json.endArray()
            #expect(try JSONValue.parse(json.bytes) == .array([.string(text)]))
            let isSpecial = byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
            #expect(json.bytes.contains(UInt8(ascii: "\\")) == isSpecial)
        }
    }

    @Test("the writer makes an array of a list of words")
    func words() throws {
        var json = JSONWriter()
        json.beginObject()
        json.member("scopes", words: " jobs:read  a\"b c ")
        json.member("none", words: "")
        json.endObject()
        #expect(String(decoding: json.bytes, as: UTF8.self) == #"{"scopes":["jobs:read","a\"b","c"],"none":[]}"#)
    }

    @Test("a member is found from wherever the search begins")
    func index() {
        let object: JSONObject = ["a": .null, "b": .bool(true), "c": .integer(1)]
        for start in 0..<5 {
            for (place, name) in ["a", "b", "c"].enumerated() { #expect(object.index(of: name, from: start) == place) }
            #expect(object.index(of: "d", from: start) == nil)
        }
        #expect(JSONObject().index(of: "a", from: 3) == nil)
    }

    @Test("the writer places commas and escapes what must be escaped")
    func writer() throws {
        var json = JSONWriter()
        json.beginObject()
        json.member("text", "a\"b\\c\n\r\t\u{1}é/")
        json.member("count", 3)
        json.member("big", Int64.min)
        json.member("yes", true)
        json.memberNull("none")
        json.member("list", ["a", "b"])
        json.beginObject("inner")
        json.endObject()
        json.beginArray("rows")
        json.beginObject()
        json.member("id", 1)
        json.endObject()
        json.beginArray()
        json.endArray()
        json.element("x")
        json.element(5)
        json.endArray()
        json.member("any", JSONValue.number(.infinity))
        json.endObject()
        let expected =
            #"{"text":"a\"b\\c\n\r\t\u0001é/","count":3,"big":-9223372036854775808,"yes":true,"none":null,"#
            + #""list":["a","b"],"inner":{},"rows":[{"id":1},[],"x",5],"any":null}"#
        #expect(String(decoding: json.bytes, as: UTF8.self) == expected)
        #expect(try JSONValue.parse(json.bytes).serialized() == json.bytes)
    }
}
