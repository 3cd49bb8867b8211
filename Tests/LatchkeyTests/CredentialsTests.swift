import Foundation
import JOSE
import Testing

@testable import latchkey

@Suite("The credentials file")
struct CredentialsTests {
    private let home: TemporaryDirectory
    private let file: CredentialsFile
    private let issuer: Issuer

    init() throws {
        home = try TemporaryDirectory()
        file = CredentialsFile(directory: home.path + "/deep/er/latchkey")
        issuer = try #require(Issuer("https://id.example.com"))
    }

    private func store(_ credential: Credential, for issuer: Issuer) async throws {
        try await file.locked { held in
            var credentials = try held.read()
            credentials[issuer] = credential
            try held.write(credentials)
        }
    }

    @Test("gives back what was stored, keyed by issuer")
    func roundTrip() async throws {
        var credential = Credential(.example, at: .init(seconds: 1_800_000_000), believing: "/etc/company.pem")
        credential.account = Credential.Account(email: "ada@example.com", organization: "demo")
        credential.tokens?.pendingRefresh = "key"
        try await store(credential, for: issuer)
        #expect(try file.read()[issuer] == credential)
        let text = try String(contentsOfFile: file.path, encoding: .utf8)
        let json = try JSONValue.parse(Array(text.utf8)).object?["https://id.example.com"]?.object
        #expect(json?["access_token"]?.string == "access-1")
    }

    @Test("is for its owner's eyes only, in a directory that is")
    func modes() async throws {
        try await store(Credential(.example, at: .init(seconds: 0)), for: issuer)
        #expect(try mode(of: file.path) == 0o600)
        #expect(try mode(of: file.directory) == 0o700)
    }

    @Test("is protected again when somebody opened it to others")
    func repair() async throws {
        try await store(Credential(.example, at: .init(seconds: 0)), for: issuer)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.directory)
        _ = try file.read()
        #expect(try mode(of: file.path) == 0o600)
        try await file.locked { _ in }
        #expect(try mode(of: file.directory) == 0o700)
    }

    @Test("holds no login when it is missing")
    func missing() throws {
        #expect(try file.read() == Credentials())
    }

    @Test(
        "is left as it is when it is not what latchkey wrote",
        arguments: [
            "", "not json", "[]", #"{"https://id.example.com": 1}"#, #"{"nonsense": {}}"#,
            #"{"https://id.example.com": {"logged_in_at": "yesterday"}}"#,
            #"{"https://id.example.com": {"logged_in_at": "2026-01-01T00:00:00Z", "access_token": "a"}}"#,
            #"{"https://id.example.com": {"logged_in_at": "2026-01-01T00:00:00Z", "authorities": 1}}"#,
        ])
    func corrupt(text: String) async throws {
        try PrivateFile.makeDirectory(file.directory)
        try text.write(toFile: file.path, atomically: true, encoding: .utf8)
        let failure = await #expect(throws: CommandFailure.self) {
            try await store(Credential(.example, at: .init(seconds: 0)), for: issuer)
        }
        #expect(failure?.code == "credentials_corrupt")
        #expect(try String(contentsOfFile: file.path, encoding: .utf8) == text)
    }

    @Test("keeps what it held, and leaves nothing behind, when it cannot be replaced")
    func failedReplacement() throws {
        try PrivateFile.makeDirectory(file.directory)
        // A directory where the file should be: the last step, the rename, cannot be done.
        try FileManager.default.createDirectory(atPath: file.path + "/x", withIntermediateDirectories: true)
        #expect(throws: CommandFailure.self) { try PrivateFile(path: file.path).replace(with: [1]) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: file.directory) == ["credentials.json"])
    }

    @Test("is a new file at each change, so that a reader sees the old one or the new one whole")
    func replacement() async throws {
        func number() throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: file.path)[.systemFileNumber] as? Int
        }
        try await store(Credential(.example, at: .init(seconds: 0)), for: issuer)
        let reader = try #require(FileHandle(forReadingAtPath: file.path))
        let first = try number()
        try await store(Credential(.example(number: 2), at: .init(seconds: 0)), for: issuer)
        #expect(try number() != first)
        let seen = try #require(try reader.readToEnd())
        #expect(String(decoding: seen, as: UTF8.self).contains("access-1"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: file.directory).count == 2)
    }

    @Test("loses nothing when fifty change it at once")
    func concurrentChanges() async throws {
        try await withThrowingTaskGroup { group in
            for number in 0..<50 {
                let issuer = try #require(Issuer("https://id\(number).example.com"))
                group.addTask { try await store(Credential(.example, at: .init(seconds: 0)), for: issuer) }
            }
            try await group.waitForAll()
        }
        for number in 0..<50 {
            #expect(try file.read()[try #require(Issuer("https://id\(number).example.com"))] != nil)
        }
    }

    @Test("is where the XDG specification puts it")
    func location() throws {
        #expect(
            try CredentialsFile.standard(environment: ["XDG_CONFIG_HOME": "/x"]).path == "/x/latchkey/credentials.json")
        #expect(
            try CredentialsFile.standard(environment: ["XDG_CONFIG_HOME": "", "HOME": "/h"]).path
                == "/h/.config/latchkey/credentials.json")
        #expect(
            try CredentialsFile.standard(environment: ["XDG_CONFIG_HOME": "relative", "HOME": "/h"]).path
                == "/h/.config/latchkey/credentials.json")
        #expect(throws: CommandFailure.self) { try CredentialsFile.standard(environment: [:]) }
    }

    @Test("a token is presented only while it has a minute left")
    func usable() throws {
        let tokens = Credential.Tokens(.example(number: 1, expiresIn: 100), at: .init(seconds: 0))
        #expect(tokens.isUsable(at: .init(seconds: 40)))
        #expect(!tokens.isUsable(at: .init(seconds: 41)))
    }
}
