import JOSE
import Testing
import WebAuthn

@Suite("JSON forms")
struct JSONFormTests {
    @Test("creation options are written as browsers read them")
    func creationOptions() {
        let ceremony = CreationCeremony(
            challenge: [1, 2, 3], relyingParty: Vector.relyingParty, userHandle: [255, 254])
        let options = CreationOptions(
            ceremony, relyingPartyName: "Example", userName: "ada@example.org", displayName: "Ada \"A\"",
            excludeCredentials: [.init(id: [4], transports: ["internal", "usb"])], timeout: .seconds(300))
        var json = JSONWriter()
        options.write(to: &json)
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"{"rp":{"id":"example.org","name":"Example"},"#
                + #""user":{"id":"__4","name":"ada@example.org","displayName":"Ada \"A\""},"challenge":"AQID","#
                + #""pubKeyCredParams":[{"type":"public-key","alg":-7},{"type":"public-key","alg":-8},"#
                + #"{"type":"public-key","alg":-257}],"timeout":300000,"#
                + #""excludeCredentials":[{"type":"public-key","id":"BA","transports":["internal","usb"]}],"#
                + #""authenticatorSelection":{"residentKey":"required","requireResidentKey":true,"#
                + #""userVerification":"required"},"attestation":"none"}"#)
    }

    @Test("request options are written as browsers read them, alone and as a member")
    func requestOptions() {
        let ceremony = AuthenticationCeremony(
            challenge: [1, 2, 3], relyingParty: Vector.relyingParty, userVerification: .preferred,
            allowCredentials: [.init(id: [4])])
        let options = RequestOptions(ceremony, timeout: .milliseconds(1500))
        var json = JSONWriter()
        json.beginObject()
        options.write(to: &json, as: "publicKey")
        json.endObject()
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"{"publicKey":{"challenge":"AQID","timeout":1500,"rpId":"example.org","#
                + #""allowCredentials":[{"type":"public-key","id":"BA"}],"userVerification":"preferred"}}"#)
    }

    private static let registration =
        #"{"id":"AQ","rawId":"AQ","type":"public-key","authenticatorAttachment":null,"clientExtensionResults":{},"#
        + #""response":{"clientDataJSON":"e30","attestationObject":"oA","transports":["usb","internal","usb"],"#
        + #""publicKeyAlgorithm":-7},"later":1}"#
    private static let authentication =
        #"{"id":"AQ","rawId":"AQ","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"e30","#
        + #""authenticatorData":"AA","signature":"Ag","userHandle":"BwcH"}}"#

    @Test("a registration is read; members that are not known are ignored")
    func registration() throws {
        let response = try RegistrationResponse(parsing: Array(Self.registration.utf8))
        #expect(response.id == "AQ")
        #expect(response.rawID == [1])
        #expect(response.clientDataJSON == Array("{}".utf8))
        #expect(response.attestationObject == [0xA0])
        #expect(response.transports == ["internal", "usb"])
    }

    @Test("an authentication is read, with and without a user handle")
    func authentication() throws {
        let response = try AuthenticationResponse(parsing: Array(Self.authentication.utf8))
        #expect(response.rawID == [1])
        #expect(response.authenticatorData == [0])
        #expect(response.signature == [2])
        #expect(response.userHandle == [7, 7, 7])
        for other in [#""x":"BwcH""#, #""userHandle":null"#] {
            let json = Self.authentication.replacing(#""userHandle":"BwcH""#, with: other)
            #expect(try AuthenticationResponse(parsing: Array(json.utf8)).userHandle == nil)
        }
    }

    @Test(
        "a member that is missing or wrong is named",
        arguments: [
            (#""rawId":"AQ","#, "", .missingMember("rawId")), (#""id":"AQ","#, "", .missingMember("id")),
            (#""type":"public-key""#, #""x":1"#, .missingMember("type")),
            (#""type":"public-key""#, #""type":"password""#, .invalidMember("type")),
            (#""rawId":"AQ""#, #""rawId":"AQ==""#, .invalidMember("rawId")),
            (#""rawId":"AQ""#, #""rawId":"A+""#, .invalidMember("rawId")),
            (#""rawId":"AQ""#, #""rawId":"AR""#, .invalidMember("rawId")),
            (#""rawId":"AQ""#, #""rawId":"""#, .invalidMember("rawId")),
            (#""rawId":"AQ""#, #""rawId":["AQ"]"#, .invalidMember("rawId")),
            (#""rawId":"AQ""#, #""rawId":"\#(String(repeating: "A", count: 1366))""#, .tooLong("rawId")),
            (#""id":"AQ""#, #""id":1"#, .invalidMember("id")),
            (#""response":{"#, #""response":"x","y":{"#, .invalidMember("response")),
            (#""response":{"#, #""other":{"#, .missingMember("response")),
            (#""clientDataJSON":"e30","#, "", .missingMember("response.clientDataJSON")),
            (#""clientDataJSON":"e30""#, #""clientDataJSON":{}"#, .invalidMember("response.clientDataJSON")),
        ] as [(String, String, ResponseError)])
    func named(old: String, new: String, error: ResponseError) {
        for json in [Self.registration, Self.authentication] {
            let changed = Array(json.replacing(old, with: new, maxReplacements: 1).utf8)
            if json == Self.registration {
                #expect(throws: error) { try RegistrationResponse(parsing: changed) }
            } else {
                #expect(throws: error) { try AuthenticationResponse(parsing: changed) }
            }
        }
    }

    @Test("what only one of the two has is checked too")
    func particular() {
        for (old, new, error) in [
            (#""attestationObject":"oA","#, "", .missingMember("response.attestationObject")),
            (#"["usb","internal","usb"]"#, #""usb""#, .invalidMember("response.transports")),
            (#"["usb","internal","usb"]"#, "[1]", .invalidMember("response.transports")),
        ] as [(String, String, ResponseError)] {
            #expect(throws: error) {
                try RegistrationResponse(parsing: Array(Self.registration.replacing(old, with: new).utf8))
            }
        }
        for (old, new, error) in [
            (#""signature":"Ag","#, "", .missingMember("response.signature")),
            (#""authenticatorData":"AA","#, "", .missingMember("response.authenticatorData")),
            (#""userHandle":"BwcH""#, #""userHandle":"""#, .invalidMember("response.userHandle")),
            (
                #""userHandle":"BwcH""#, #""userHandle":"\#(String(repeating: "A", count: 87))""#,
                .tooLong("response.userHandle")
            ),
        ] as [(String, String, ResponseError)] {
            #expect(throws: error) {
                try AuthenticationResponse(parsing: Array(Self.authentication.replacing(old, with: new).utf8))
            }
        }
    }

    @Test("what is no strict JSON object is no response")
    func malformed() {
        let deep = String(repeating: #"{"response":"#, count: 10_000)
        for json in ["", "[]", "null", "{", deep, Self.registration + "x", #"{"id":"AQ","id":"AQ"}"#] {
            #expect(throws: ResponseError.malformed) { try RegistrationResponse(parsing: Array(json.utf8)) }
            #expect(throws: ResponseError.malformed) { try AuthenticationResponse(parsing: Array(json.utf8)) }
        }
    }

    @Test("only what could be a transport is kept, distinct, sorted, and no more than eight")
    func transports() throws {
        let names =
            #"["nfc","NFC","","a b","<script>","smart-card","hybrid","nfc","\#(String(repeating: "x", count: 33))"]"#
        let json = Self.registration.replacing(#"["usb","internal","usb"]"#, with: names)
        #expect(
            try RegistrationResponse(parsing: Array(json.utf8)).transports == ["hybrid", "nfc", "smart-card"])
        let many = "[" + (0..<100).map { "\"t\($0)\"" }.joined(separator: ",") + "]"
        let long = Self.registration.replacing(#"["usb","internal","usb"]"#, with: many)
        #expect(try RegistrationResponse(parsing: Array(long.utf8)).transports.count == 8)
    }

    @Test("a timeout is written in whole milliseconds, whatever it is")
    func timeouts() throws {
        for (timeout, written) in [
            (Duration.seconds(1), 1000), (.nanoseconds(1_999_999), 1), (.zero, 0), (.seconds(-1), 0),
            (.seconds(Int64.max), Int64.max),
        ] as [(Duration, Int64)] {
            var json = JSONWriter()
            RequestOptions(TestAuthenticator.request, timeout: timeout).write(to: &json)
            #expect(try JSONValue.parse(json.bytes).object?["timeout"]?.integer == written)
        }
    }
}
