import IdentityHTTP

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ServerConfiguration {
    /// The operator's own, or the built-in ones.
    func mailTemplates() throws(CommandFailure) -> MailTemplates {
        guard let mailTemplatesDirectory else { return .builtIn }
        return try MailTemplateFiles(directory: mailTemplatesDirectory).load()
    }
}

/// The operator's own mail templates: files named as the built-in ones, in one directory.
struct MailTemplateFiles {
    let directory: String

    /// Longer files are no mail.
    private static let maximumSize = 256 * 1_024

    /// Reads and tries them. Whatever is called a template and is none stops the start.
    func load() throws(CommandFailure) -> MailTemplates {
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            throw failure("The directory \(directory) cannot be read.")
        }
        var sources: [String: String] = [:]
        for file in files.sorted() where file.hasSuffix(Self.ending) {
            sources[String(file.dropLast(Self.ending.count))] = try source(file)
        }
        if sources.isEmpty { throw failure("There is no template in \(directory).") }
        do {
            return try MailTemplates(sources)
        } catch {
            throw failure(complaint(of: error))
        }
    }

    private static let ending = ".mustache"

    private func source(_ file: String) throws(CommandFailure) -> String {
        let path = directory + "/" + file
        guard let data = FileManager.default.contents(atPath: path), data.count <= Self.maximumSize,
            let source = String(validating: data, as: UTF8.self)
        else { throw failure("\(path) is not text of at most \(Self.maximumSize) bytes of UTF-8 that may be read.") }
        return source
    }

    private func complaint(of refusal: MailTemplates.Refusal) -> String {
        switch refusal {
        case .unknown(let name): "\(path(name)) is not the template of any mail."
        case .unparsable(let name, let reason): "\(path(name)) cannot be parsed: \(reason)."
        case .pointless(let name):
            "\(path(name)) has neither {{link}} nor {{code}} in every mail, so nobody could use it."
        }
    }

    private func path(_ name: String) -> String { directory + "/" + name + Self.ending }

    private func failure(_ message: String) -> CommandFailure {
        let names = MailTemplates.names.map { $0 + Self.ending }.joined(separator: " and ")
        return CommandFailure(
            .usedWrongly, code: "mail_templates", message,
            next: "mail_templates is a directory with \(names), or some of them.")
    }
}
