extension Setting {
    static let resourceServers = Setting(
        name: "resource_servers", kind: .list,
        values: "a list of objects with `identifier`, `name` and `scopes`", fallback: "none", flag: nil,
        explanation: "The APIs that take our tokens and the scopes they know, made known at each start; see below.")
}
