import Foundation
import Testing

@Suite("docs/architecture.md tells the truth")
struct ArchitectureTests {
    /// Module to what the document lets it import.
    private func documented() throws -> [String: Set<String>] {
        let rows = try Repository.table(in: "docs/architecture.md", after: "compared with the import statements")
        return Dictionary(
            uniqueKeysWithValues: rows.map { cells in
                (cells[0].trimmingCharacters(in: ["`"]), Set(cells[2].matches(of: /`(\w+)`/).map { String($0.1) }))
            })
    }

    /// What the files of a module really import.
    private func imported(by module: String) throws -> Set<String> {
        var imports: Set<String> = []
        for file in Repository.swiftFiles(below: "Sources/\(module)") {
            let source = try String(contentsOf: file, encoding: .utf8)
            for match in source.matches(
                of:
                    /(?m)^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var)\s+)?(\w+)/
            ) {
                imports.insert(String(match.1))
            }
        }
        return imports
    }

    @Test("every module is in the table, and no other is")
    func modules() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            at: Repository.root.appending(path: "Sources"), includingPropertiesForKeys: nil)
        let swift = folders.map(\.lastPathComponent).filter { !Repository.swiftFiles(below: "Sources/\($0)").isEmpty }
        #expect(try Set(documented().keys) == Set(swift))
    }

    @Test("each module imports what the table says, no more and no less")
    func imports() throws {
        for (module, allowed) in try documented() {
            let imports = try imported(by: module)
            #expect(!imports.isEmpty)
            #expect(imports.subtracting(allowed).sorted() == [], "\(module) imports more than the table says")
            #expect(allowed.subtracting(imports).sorted() == [], "the table lets \(module) import what it does not")
        }
    }

    @Test("every file that the document points to is there")
    func files() throws {
        let text = try Repository.text("docs/architecture.md")
        let paths = text.matches(
            of:
                /`((?:JOSE|LatchkeyVerifier|LatchkeyHummingbird|WebAuthn|Database|Identity|IdentityHTTP|ExampleAPIs|docs|Tests)\/[\w\/+.\-]+)`/
        )
        .map { String($0.1) }
        #expect(paths.count > 10)
        for path in paths {
            let full = path.hasPrefix("docs/") || path.hasPrefix("Tests/") ? path : "Sources/" + path
            #expect(FileManager.default.fileExists(atPath: Repository.root.appending(path: full).path), "\(path)")
        }
    }
}
