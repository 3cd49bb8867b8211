import ArgumentParser
import JOSE

/// What each command about organizations and their members takes, and how it asks the server.
struct OrganizationOptions: ParsableArguments {
    @OptionGroup var target: IssuerOption
    @OptionGroup var output: OutputOptions

    /// Runs with the login of this machine. A second factor is asked for on the way where a call takes one.
    func withServer<Value>(_ body: (OrganizationCalls) async throws -> Value) async throws -> Value {
        let file = try CredentialsFile.standard()
        return try await target.connected(file.read()) { server in
            try await body(
                OrganizationCalls(source: AccessTokenSource(file: file, server: server)))
        }
    }
}

/// Which organization is meant.
struct OrganizationChoice: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The organization, by its slug or id. Default: the one of your login.", valueName: "slug"))
    var organization: String?
}

/// The calls that these commands make.
struct OrganizationCalls {
    let source: AccessTokenSource

    var issuer: Issuer { source.server.issuer }

    /// One call.
    ///
    /// - Parameter lists: the commands that show what there is, for when what was named is not there.
    /// - Throws: `CommandFailure` for whatever the server refuses.
    func call(
        _ method: IdentityServer.Method, _ path: String, _ body: JSONObject? = nil,
        lists: String = "latchkey organizations list, latchkey members list"
    ) async throws -> JSONObject {
        // One key for the call before and the call after a step-up.
        let key = method == .get ? nil : Base64URL.encode(RandomSource.system.bytes(18))
        let answer = try await SteppingUp(source).calling { bearer in
            try await source.server.call(method, path, body, bearer: bearer, idempotencyKey: key)
        }
        if let refusal = answer.refusal { throw CommandFailure(organization: refusal, lists: lists) }
        return answer.body
    }

    /// Whose login this is.
    func person() async throws -> JSONObject { try await call(.get, "/api/v1/auth/me") }

    /// All of the person's organizations.
    func organizations() async throws -> [OrganizationReport] {
        (try await call(.get, "/api/v1/auth/organizations")["organizations"]?.array ?? [])
            .compactMap(\.object).map(OrganizationReport.init)
    }

    /// The one that is named, else the one of the login.
    func organization(_ named: String?) async throws -> OrganizationReport {
        guard let named else {
            guard let own = try await person()["organization"]?.object else {
                throw CommandFailure.notLatchkey(issuer, "an unknown profile")
            }
            return OrganizationReport(json: own)
        }
        guard let found = try await organizations().first(where: { $0.slug == named || $0.id == named }) else {
            throw CommandFailure(
                .refused, code: "not_found", "You belong to no organization called \(named).",
                next: "See yours with: latchkey organizations list")
        }
        return found
    }

    /// Every item of a list that is told page by page.
    func all(_ path: String, _ member: String) async throws -> [JSONObject] {
        var items: [JSONObject] = []
        for page in 1...Self.maximumPages {
            let body = try await call(.get, "\(path)?page=\(page)&limit=200")
            let more = (body[member]?.array ?? []).compactMap(\.object)
            items += more
            let total = body["pagination"]?.object?["total"]?.integer ?? 0
            if more.isEmpty || Int64(items.count) >= total { break }
        }
        return items
    }

    /// Far more than an organization may have members.
    private static let maximumPages = 50
}

/// An organization as the server tells it, for people.
struct OrganizationReport {
    let json: JSONObject

    func text(_ name: String) -> String { json[name]?.string?.printable ?? "" }

    var id: String { text("id") }
    var slug: String { text("slug") }
    var name: String { text("name") }
    var path: String { "/api/v1/organizations/" + id }

    var rows: [(label: String, text: String)] {
        [
            ("name", name), ("slug", slug), ("id", id), ("plan", text("plan")), ("your role", text("role")),
            ("since", Instant(json: json["created_at"])?.readable ?? "-"),
        ].map { (label: $0.0, text: $0.1) }
    }
}

extension CommandFailure {
    /// The refusals that have a next step for whoever sits at the command line.
    init(organization refusal: ServerRefusal, lists: String) {
        let next: String? =
            switch refusal.code {
            case "not_found": "See what there is with: \(lists)"
            case "last_owner":
                "With: latchkey members role EMAIL owner, or hand it over: latchkey members transfer EMAIL"
            case "already_member": "See who belongs to it with: latchkey members list"
            default: nil
            }
        guard let next else {
            self.init(refusal)
            return
        }
        self.init(.refused, code: refusal.code, "The server refused: \(refusal.message.printable)", next: next)
    }
}
