import ArgumentParser
import Dispatch
import Foundation
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
