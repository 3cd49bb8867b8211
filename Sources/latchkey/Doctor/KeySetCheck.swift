import Identity
import JOSE

/// The key set that resource servers fetch by the issuer's name is the database's.
struct KeySetCheck: Check {
    let name = "jwks"

    func examine(_ deployment: Deployment) async -> [Finding] {
        let path = "/.well-known/jwks.json"
        do {
            let answer = try await deployment.server.look(path)
            guard answer.status == 200, let keys = try? JSONWebKeySet(parsing: answer.bytes) else {
                return [
                    .fault(
                        "\(deployment.issuer)\(path) is no key set (HTTP status \(answer.status)).",
                        fix: "Let the proxy pass \(path) on to this server.")
                ]
            }
            guard let inspection = deployment.inspection else {
                return [
                    .warn("It is published, but the database that it is compared with is not there.", fix: "See there.")
                ]
            }
            return [
                compare(keys.keys.compactMap(\.keyID), with: try await inspection.publishedKeyIDs(), deployment.issuer)
            ]
        } catch {
            return [
                .fault(
                    CommandFailure(error)?.message ?? "\(error)",
                    fix: "Resource servers need \(deployment.issuer)\(path) to verify tokens. See the issuer's finding."
                )
            ]
        }
    }

    private func compare(_ published: [String], with stored: [String], _ issuer: Issuer) -> Finding {
        if Set(published) == Set(stored) {
            return .ok("The keys at \(issuer) are the database's: \(stored.count).")
        }
        guard Set(published).isDisjoint(with: stored) else {
            return .fault(
                "The keys at \(issuer) are not all of the database's: \(published.count) and \(stored.count).",
                fix: "Does a cache stand before the server, or a node that was not restarted?")
        }
        return .fault(
            "The keys at \(issuer) are another server's.",
            fix: "Check where the name leads, and that all nodes have the same database setting.")
    }
}
