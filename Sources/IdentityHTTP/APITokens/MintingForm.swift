import Identity
import JOSE

/// The form for a new API token: what was typed, what is wrong with it, and what it asks for.
struct MintingForm {
    let label: String
    let access: String
    let scopes: [String]
    /// A line each: `projects=prj_1`.
    let resources: String
    let lifetime: String

    /// What is wrong, beside the field that it is about.
    struct Fault: Error {
        let field: String
        let message: String
    }

    /// The names of the boxes begin with it: a form sends no name twice.
    static let scopePrefix = "scope:"
    /// Days until a token ends, as they are offered; ninety are chosen, as those who run APIs advise.
    private static let lifetimes = [
        (value: "7", text: "In 7 days"), (value: "30", text: "In 30 days"), (value: "90", text: "In 90 days"),
        (value: "365", text: "In a year"), (value: "never", text: "Never"),
    ]

    /// Before anything was typed.
    static let empty = MintingForm()

    private init() {
        (label, access, scopes, resources, lifetime) = ("", APIToken.Access.readOnly.rawValue, [], "", "90")
    }

    init(_ form: FormBody) {
        label = form["label"] ?? ""
        access = form["access"] ?? ""
        scopes = form.fields.filter { $0.name.hasPrefix(Self.scopePrefix) }
            .map { String($0.name.dropFirst(Self.scopePrefix.count)) }
        resources = form["resources"] ?? ""
        lifetime = form["lifetime"] ?? ""
    }

    /// What it asks for.
    func minting() -> Result<Minting, Fault> {
        guard let label = APIToken.label(from: label) else {
            return refuse("label", NameRule.ofLabels)
        }
        guard let access = APIToken.Access(rawValue: access) else { return refuse("access", "Choose one of these.") }
        guard let option = Self.lifetimes.first(where: { $0.value == lifetime }) else {
            return refuse("lifetime", "Choose one of these.")
        }
        let duration = Int64(option.value).map { Duration.seconds($0 * 86_400) }
        guard access == .custom else {
            guard scopes.isEmpty else {
                return refuse("scopes", "Permissions are chosen for a custom token: choose Custom, or untick them.")
            }
            guard resources.isEmpty else {
                return refuse("resources", "Only a custom token is confined: choose Custom, or leave this empty.")
            }
            return .success(Minting(label: label, access: access, lifetime: duration))
        }
        guard let chosen = ScopeSet(parsing: scopes.joined(separator: " ")), !chosen.isEmpty else {
            return refuse("scopes", "Tick 1 to \(ScopeSet.maximumCount) permissions.")
        }
        var confined: ResourceRestrictions?
        if !resources.isEmpty {
            confined = restrictions
            guard confined != nil else {
                return refuse("resources", "Write a kind and an id on each line, such as projects=prj_1, each once.")
            }
        }
        return .success(
            Minting(label: label, access: .custom, scopes: chosen, resources: confined, lifetime: duration))
    }

    private func refuse(_ field: String, _ message: String) -> Result<Minting, Fault> {
        .failure(Fault(field: field, message: message))
    }

    private var restrictions: ResourceRestrictions? {
        var kinds = JSONObject()
        for line in resources.split(whereSeparator: \.isWhitespace) {
            let halves = line.split(separator: "=", maxSplits: 1).map(String.init)
            guard halves.count == 2 else { return nil }
            kinds[halves[0]] = .array((kinds[halves[0]]?.array ?? []) + [.string(halves[1])])
        }
        return ResourceRestrictions(kinds)
    }
}

extension MintingForm {
    /// What its template is filled with.
    func context(
        _ organization: Organization, _ terms: PlanTerms, _ catalog: ScopeCatalog, fault: Fault? = nil
    ) -> [String: Any] {
        var context: [String: Any] = [
            "organizationID": organization.id.description, "label": label, "resources": resources,
            "mayChoose": terms.customScopes, "plan": organization.plan.rawValue,
            "lifetimes": Self.lifetimes.map { option in
                ["value": option.value, "text": option.text, "selected": option.value == lifetime] as [String: Any]
            },
        ]
        for option in APIToken.Access.allCases where option.rawValue == access { context["is_" + access] = true }
        context["servers"] = terms.customScopes ? servers(catalog) : []
        if let fault { context[fault.field + "Error"] = fault.message }
        return context
    }

    /// The scopes of each resource server. One that two of them know is offered once.
    private func servers(_ catalog: ScopeCatalog) -> [[String: Any]] {
        var seen = Set<String>()
        return catalog.servers.compactMap { server in
            let scopes = server.scopes.filter { seen.insert($0.name).inserted }.map { scope in
                [
                    "scope": scope.name, "field": Self.scopePrefix + scope.name, "description": scope.description,
                    "ticked": self.scopes.contains(scope.name),
                ] as [String: Any]
            }
            return scopes.isEmpty ? nil : ["server": server.name, "scopes": scopes]
        }
    }
}
