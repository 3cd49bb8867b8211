import Mustache

/// The operator's own mail templates, each in place of the built-in one of the same name.
package struct MailTemplates: Sendable {
    let sources: [String: String]

    /// None but those in the binary.
    package static let builtIn = MailTemplates()

    /// What there is to replace.
    package static let names = Templates.mailNames

    /// A template that would send people useless mail.
    package enum Refusal: Error, Hashable, Sendable {
        case unknown(name: String)
        /// Where Mustache stumbled, and over what.
        case unparsable(name: String, reason: String)
        /// Filled in, it holds nothing that leads anyone on: the link, or for a sign-in the code.
        case pointless(name: String)
    }

    private init() {
        sources = [:]
    }

    /// Takes templates by name and tries each.
    package init(_ sources: [String: String]) throws(Refusal) {
        for (name, source) in sources.sorted(by: { $0.key < $1.key }) {
            guard Self.names.contains(name) else { throw .unknown(name: name) }
            try Self.parse(name, source)
        }
        self.sources = sources.reduce(into: [:]) { $0[$1.key] = Self.escaping($1.key) + $1.value }
        for name in sources.keys.sorted() where try !isOfUse(name) { throw .pointless(name: name) }
    }

    /// What a template is escaped for, so that a template that does not say is as safe as those that do.
    private static func escaping(_ name: String) -> String {
        "{{% CONTENT_TYPE:\(name.hasSuffix("-html") ? StrictHTML.name : "TEXT")}}\n"
    }

    private static func parse(_ name: String, _ source: String) throws(Refusal) {
        MustacheContentTypes.register(StrictHTML(), named: StrictHTML.name)
        do {
            _ = try MustacheTemplate(string: source)
        } catch let error as MustacheTemplate.ParserError {
            let place = "line \(error.context.lineNumber), column \(error.context.columnNumber)"
            throw .unparsable(name: name, reason: "\(place): \(error.error)")
        } catch {
            throw .unparsable(name: name, reason: "\(error)")
        }
    }

    /// Whether a mail made by it lets anyone in, whether a browser or an application asks.
    private func isOfUse(_ name: String) throws(Refusal) -> Bool {
        let templates: Templates
        do {
            templates = try Templates(named: name, replacing: sources)
        } catch {
            throw .unparsable(name: name, reason: "\(error)")
        }
        return ["", "An application"].allSatisfy { application in
            var context: [String: Any] = ["link": "https-link"]
            if name.contains("magic-link") { context["code"] = "six-digits" }
            if !application.isEmpty { context["application"] = application }
            let mail = templates.render(name, context)
            return mail.contains("https-link") || mail.contains("six-digits")
        }
    }
}
