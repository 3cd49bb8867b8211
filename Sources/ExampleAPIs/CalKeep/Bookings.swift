import Foundation
import GRDB
import Hummingbird
import LatchkeyHummingbird

/// A time that somebody has booked. Bookings are made by people on a page, not through this API.
struct Booking: CalKeepRow {
    enum Status: String, Codable {
        case confirmed, cancelled
    }

    let id: String
    let title: String
    let status: Status
    let contactId: String?
    let startsAt: Date
    let endsAt: Date
    let createdAt: Date
}

/// `/bookings`
struct Bookings {
    let store: Store

    func routes(on api: APIRoutes) {
        api.get("bookings", scope: "bookings:read") { request, context in
            let page = try PageRequest(request)
            return Answer(try await store.read(context.tenant) { try $0.bookings(page) })
        }
        api.get("bookings/{id}", scope: "bookings:read") { _, context in
            let id = try context.parameters.require("id")
            let booking = try await store.read(context.tenant) { try $0.booking(id) }
            guard let booking else { throw APIRefusal.notFound }
            return Answer(["booking": booking])
        }
    }
}

extension Rows {
    fileprivate func bookings(_ page: PageRequest) throws -> Page<Booking> {
        let bookings = try Booking.fetchAll(
            database, sql: "SELECT * FROM booking WHERE workspace = ? ORDER BY sequence DESC LIMIT ? OFFSET ?",
            arguments: [workspace, page.limit, page.offset])
        let total = try Int.fetchOne(
            database, sql: "SELECT COUNT(*) FROM booking WHERE workspace = ?", arguments: [workspace])
        return Page(name: "bookings", items: bookings, pagination: page.pagination(total: total ?? 0))
    }

    fileprivate func booking(_ id: String) throws -> Booking? {
        try Booking.fetchOne(
            database, sql: "SELECT * FROM booking WHERE workspace = ? AND id = ?", arguments: [workspace, id])
    }
}
