import Foundation
import Testing

@Suite("The rules of the house")
struct HouseRuleTests {
    private func offences(in paths: [String], _ pattern: String, except exempt: String? = nil) throws -> [String] {
        let expression = try Regex(pattern)
        var found: [String] = []
        for file in paths.flatMap(Repository.swiftFiles(below:)) {
            if let exempt, file.path.contains(exempt) { continue }
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            where !line.trimmingCharacters(in: .whitespaces).hasPrefix("//") && line.contains(expression) {
                found.append("\(file.lastPathComponent): \(line.trimmingCharacters(in: .whitespaces))")
            }
        }
        return found
    }

    @Test("no EVP_ call stands outside JOSE/OpenSSL")
    func libcrypto() throws {
        #expect(try offences(in: ["Sources"], #"\bEVP_\w+"#, except: "JOSE/OpenSSL") == [])
    }

    @Test("no SQL stands in the edge or the executable")
    func sql() throws {
        #expect(
            try offences(
                in: ["Sources/IdentityHTTP", "Sources/latchkey"], #"(SELECT|INSERT INTO|UPDATE|DELETE FROM) [a-z]"#)
                == [])
    }

    @Test("nothing is tried or cast by force")
    func force() throws {
        #expect(try offences(in: ["Sources"], #"\btry!|\bas!"#) == [])
    }

    @Test("nothing is Sendable unchecked outside the rooms of C")
    func unchecked() throws {
        #expect(
            try offences(
                in: [
                    "Sources/ExampleAPIs", "Sources/Identity", "Sources/IdentityHTTP",
                    "Sources/LatchkeyHummingbird", "Sources/LatchkeyVerifier", "Sources/WebAuthn",
                ],
                #"@unchecked Sendable|nonisolated\(unsafe\)"#) == [])
    }

    @Test("the clock is read at the edge and in the executable alone")
    func clock() throws {
        #expect(
            try offences(
                in: ["Sources/Identity", "Sources/JOSE", "Sources/Database", "Sources/WebAuthn"],
                #"Instant\.now|Date\(\)|clock_gettime"#)
                == [])
    }

    @Test("decisions are numbered and say context, decision and consequence")
    func decisions() throws {
        let files = try FileManager.default.contentsOfDirectory(
            at: Repository.root.appending(path: "docs/decisions"), includingPropertiesForKeys: nil)
        let names = files.map(\.lastPathComponent).sorted()
        #expect(!names.isEmpty)
        for (index, name) in names.enumerated() {
            #expect(name.hasPrefix(String(format: "%04d-", index + 1)), "\(name)")
            let text = try Repository.text("docs/decisions/\(name)")
            for word in ["Context", "Decision", "Consequence"] {
                #expect(text.contains(word), "\(name) says nothing of its \(word.lowercased())")
            }
        }
    }

    @Test("the top level holds nothing but what belongs there")
    func topLevel() throws {
        let allowed: Set = ["Package.swift", "Makefile", "README.md", "LICENSE", "keys", "docs", "Sources", "Tests"]
        let made: Set = ["data", "examples", "Package.resolved"]
        let names = try FileManager.default.contentsOfDirectory(atPath: Repository.root.path)
        #expect(Set(names.filter { !$0.hasPrefix(".") }).subtracting(made).subtracting(allowed).sorted() == [])
    }
}
