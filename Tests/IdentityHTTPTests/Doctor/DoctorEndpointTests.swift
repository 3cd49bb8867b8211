import HTTPTypes
import HummingbirdTesting
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

struct DoctorEndpointTests {
    private let ticketName = HTTPField.Name("X-Latchkey-Doctor") ?? .date
    private let forwardedFor = HTTPField.Name("X-Forwarded-For") ?? .date

    @Test("who holds the master key is told what the server sees of a request")
    func seen() async throws {
        let proxies = try #require(TrustedProxies("127.0.0.0/8"))
        try await withServer(TestSite.Options(trustedProxies: proxies, transport: .live)) { server in
            let ticket = DoctorTicket.make(server.provider.keys, at: server.now)
            let answer = try await server.get("/doctor", headers: [ticketName: ticket, forwardedFor: "203.0.113.7"])
            #expect(answer.status == .ok)
            #expect(try answer.string("peer") == "127.0.0.1")
            #expect(try answer.string("caller") == "203.0.113.7")
            #expect(try answer.string("x_forwarded_for") == "203.0.113.7")
            #expect(try answer.json["peer_is_trusted"] == .bool(true))
            #expect(answer.headers[.cacheControl] == "no-store")
        }
    }

    @Test("nobody else is: not without a ticket, with an old, altered or foreign one")
    func refused() async throws {
        try await withServer { server in
            let ticket = DoctorTicket.make(server.provider.keys, at: server.now)
            let key = try #require(MasterKey(Secret(RandomSource.system.bytes(32))))
            let foreign = DoctorTicket.make(PurposeKeys(master: key), at: server.now)
            let altered = ticket.withEachCharacterChanged().filter { $0 != ticket }
            for ticket in ["", ".", "0.", foreign, ticket + ".", ticket + "A"] + altered {
                let answer = try await server.get("/doctor", headers: [ticketName: ticket])
                #expect(answer.status == .notFound && answer.error == "not_found", "\(ticket)")
            }
            #expect(try await server.get("/doctor").status == .notFound)
            #expect(try await server.get("/doctor", headers: [ticketName: ticket]).status == .ok)
            server.site.clock.advance(by: .seconds(301))
            #expect(try await server.get("/doctor", headers: [ticketName: ticket]).status == .notFound)
            let early = DoctorTicket.make(server.provider.keys, at: server.now + .seconds(310))
            #expect(try await server.get("/doctor", headers: [ticketName: early]).status == .notFound)
        }
    }
}
