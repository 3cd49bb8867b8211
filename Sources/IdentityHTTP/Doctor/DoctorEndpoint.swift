import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// `GET /doctor`: what this server sees of a request. Only for `latchkey doctor` with the same master key, for what a
/// deployment looks like from inside is nobody else's business; to everyone else there is no such page.
struct DoctorEndpoint: Feature {
    let keys: PurposeKeys
    let trustedProxies: TrustedProxies

    var routes: [Route] {
        [Route(method: .get, path: "/doctor", dialect: .api, access: .open, rate: .api, respond: answer)]
    }

    private func answer(_ call: Call) throws -> Response {
        guard let ticket = call.request.headers[.doctorTicket], DoctorTicket.isValid(ticket, keys, at: call.now) else {
            throw Refusal.notFound
        }
        var json = JSONWriter()
        json.beginObject()
        json.member("peer", call.peer.map { IPAddress($0)?.description ?? $0 } ?? "unknown")
        json.member("peer_is_trusted", call.peer.flatMap { IPAddress($0) }.map(trustedProxies.contains) ?? false)
        json.member("caller", call.origin.address)
        json.member("x_forwarded_for", call.request.headers[values: .xForwardedFor].joined(separator: ", "))
        json.member("forwarded", call.request.headers[values: .forwarded].joined(separator: ", "))
        json.endObject()
        return .json(json.bytes)
    }
}
