import Identity
import JOSE

/// Reads `resource_servers`: `[{"identifier": "https://…", "name": "…", "scopes": {"jobs:read": "…"}}]`. Each fault is
/// named by its place.
struct DeclaredResourceServers {
    /// What the author calls the setting.
    private let origin: String

    static let maximumCount = 50

    /// - Parameter origin: `resource_servers in latchkey.json`, say.
    static func parse(_ text: String, origin: String) throws(ConfigurationRefusal) -> [ResourceServer] {
        try DeclaredResourceServers(origin: origin).servers(text)
    }

    private func servers(_ text: String) throws(ConfigurationRefusal) -> [ResourceServer] {
        guard let list = try? JSONValue.parse(Array(text.utf8), maximumDepth: 4).array else {
            throw refusal(nil, "", "strict JSON: \(Setting.resourceServers.values)")
        }
        guard list.count <= Self.maximumCount else { throw refusal(nil, "", "at most \(Self.maximumCount) of them") }
        var servers: [ResourceServer] = []
        for (index, value) in list.enumerated() {
            let server = try server(value, "[\(index)]")
            if servers.contains(where: { $0.identifier == server.identifier }) {
                throw refusal(server.identifier, "[\(index)].identifier", "there only once")
            }
            servers.append(server)
        }
        return servers
    }

    private func server(_ value: JSONValue, _ place: String) throws(ConfigurationRefusal) -> ResourceServer {
        guard let object = value.object else { throw refusal(written(value), place, "an object") }
        let names = ["identifier", "name", "scopes"]
        if let unknown = object.members.first(where: { !names.contains($0.name) }) {
            throw .unknownSetting(
                "\(place).\(unknown.name)", place: origin, nearest: names.nearest(to: unknown.name, within: 2))
        }
        guard let identifier = object["identifier"]?.string, ResourceServer.isIdentifier(identifier) else {
            throw refusal(
                object["identifier"].map(written), "\(place).identifier",
                "an absolute URI without a fragment, such as https://api.example.com")
        }
        guard let name = object["name"]?.string.flatMap(User.name) else {
            throw refusal(object["name"].map(written), "\(place).name", "1 to 100 characters")
        }
        return ResourceServer(
            identifier: identifier, name: name, scopes: try scopes(object["scopes"], "\(place).scopes"))
    }

    private func scopes(_ value: JSONValue?, _ place: String) throws(ConfigurationRefusal) -> [Scope] {
        guard let members = value?.object?.members, members.count <= ResourceServer.maximumScopes else {
            throw refusal(
                value.map(written), place,
                "an object of at most \(ResourceServer.maximumScopes) scopes, each with its description")
        }
        var scopes: [Scope] = []
        for member in members {
            guard Scope.isName(member.name) else {
                throw refusal(
                    member.name, place,
                    "made of names without spaces, quotes or backslashes, 1 to \(Scope.maximumNameLength) characters")
            }
            guard let description = member.value.string.flatMap(User.name) else {
                throw refusal(written(member.value), "\(place).\(member.name)", "a description of 1 to 100 characters")
            }
            scopes.append(Scope(member.name, description))
        }
        return scopes
    }

    private func refusal(_ value: String?, _ place: String, _ expected: String) -> ConfigurationRefusal {
        .invalidValue(value, origin: place.isEmpty ? origin : "\(place) of \(origin)", expected: expected)
    }

    private func written(_ value: JSONValue) -> String {
        value.string ?? String(decoding: value.serialized(), as: UTF8.self)
    }
}
