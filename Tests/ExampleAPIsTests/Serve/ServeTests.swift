import ArgumentParser
import Dispatch
import Foundation
import GRDB
import LatchkeyHummingbird
import Synchronization
import Testing

@testable import ExampleAPIs

@Suite("latchkey-examples: options and files")
struct ServeTests {
    @Test("ports that do not fit, and an organization that is none, are refused")
    func options() throws {
        for port in ["-1", "65535", "70000", "x"] {
            #expect(throws: (any Error).self, "\(port)") { try ServeCommand.parse(["--port", port]) }
        }
        #expect(try ServeCommand.parse(["--port", "0"]).port == 0)
        for organization in ["acme", "org_", "org_" + String(repeating: "x", count: 200)] {
            #expect(throws: (any Error).self) { try SeedCommand.parse(["--organization", organization]) }
        }
    }

    @Test("webhooks that lead into this machine's network are for an address of this machine only")
    func localWebhooks() throws {
        for hostname in ["0.0.0.0", "::", "192.168.0.7", "api.example.com", "127.0.0.1.example.com", ""] {
            let refused = #expect(throws: (any Error).self, "\(hostname)") {
                try ServeCommand.parse(["--local-webhooks", "--hostname", hostname])
            }
            let message = refused.map { ServeCommand.message(for: $0) } ?? ""
            #expect(message.contains("--local-webhooks") && message.contains("127.0.0.1"), "\(message)")
            #expect(refused.map { ServeCommand.exitCode(for: $0) } == .validationFailure)
            #expect(try ServeCommand.parse(["--hostname", hostname]).localWebhooks == false)
        }
        for hostname in ["localhost", "127.0.0.1", "::1"] {
            #expect(try ServeCommand.parse(["--local-webhooks", "--hostname", hostname]).localWebhooks)
        }
        #expect(try ServeCommand.parse(["--local-webhooks"]).localWebhooks)
    }

    @Test("the directory and the databases in it are for their user alone; a directory open to others is told")
    func permissions() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let path = directory.path + "/new/data"
        let data = try DataDirectory(path: path)
        #expect(data.warning == nil)
        #expect(try Self.mode(of: path) == 0o700)
        // From before, or made by another umask.
        #expect(FileManager.default.createFile(atPath: path + "/autochat.sqlite", contents: Data()))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path + "/autochat.sqlite")
        for api in [Autochat.name, CraftDesk.name] {
            let database = try data.database(of: api)
            try database.write { try $0.execute(sql: "CREATE TABLE secrets (secret TEXT)") }
            // While it is open: what lies beside it is gone afterwards.
            try database.read { _ in
                for file in ["\(api).sqlite", "\(api).sqlite-wal", "\(api).sqlite-shm"] {
                    let mode = try Self.mode(of: "\(path)/\(file)")
                    #expect(mode == 0o600, "\(file)")
                }
            }
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o750], ofItemAtPath: path)
        let warning = try DataDirectory(path: path).warning
        #expect(warning?.contains("chmod 700 \(path)") == true)
        #expect(try Self.mode(of: path) == 0o750)
    }

    private static func mode(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test("a file of credentials gives each API its own")
    func credentials() throws {
        let file = try credentialsFile(
            #"{"crewkeel": {"identifier": "x", "client_id": "res_1", "client_secret": "lkcs_1"}}"#)
        #expect(file["crewkeel"] != nil)
        #expect(file["calkeep"] == nil)
    }

    @Test(
        "a file of credentials that cannot be used is told, with what it should be",
        arguments: [
            "", "[]", #"{"crewkeel": {"client_id": "res_1"}}"#,
            #"{"crewkeel": {"client_id": "", "client_secret": "s"}}"#,
            #"{"crewkel": {"client_id": "res_1", "client_secret": "s"}}"#,
        ])
    func badCredentials(text: String) throws {
        let fault = #expect(throws: Fault.self) { try credentialsFile(text) }
        #expect(fault?.isOfUse == true)
        #expect(fault?.description.contains("crewkeel") == true)
        #expect(fault?.description.contains("lkcs_1") == false)
    }

    @Test("a file or a directory that is not there is told by its path")
    func paths() throws {
        let missing = #expect(throws: Fault.self) { try CredentialsFile(path: "/nowhere/examples.json") }
        #expect(missing?.description.contains("/nowhere/examples.json") == true)
        let directory = #expect(throws: Fault.self) { try DataDirectory(path: "/dev/null/examples") }
        #expect(directory?.description.contains("--data") == true)
    }

    @Test("processes that make the tables of an API at the same moment do not get in one another's way")
    func tables() throws {
        for _ in 1...20 {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let path = directory.path
            let faults = Mutex<[String]>([])
            // On threads of their own: each has a connection of its own, as another process would have.
            DispatchQueue.concurrentPerform(iterations: 4) { _ in
                do {
                    _ = try CalKeep(DataDirectory(path: path).database(of: CalKeep.name))
                } catch {
                    faults.withLock { $0.append("\(error)") }
                }
            }
            #expect(faults.withLock { $0 } == [])
        }
    }

    private func credentialsFile(_ text: String) throws -> CredentialsFile {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let path = directory.path + "/credentials.json"
        try Data(text.utf8).write(to: URL(filePath: path))
        return try CredentialsFile(path: path)
    }
}
