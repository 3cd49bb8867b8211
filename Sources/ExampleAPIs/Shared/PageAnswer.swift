import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// A page of a list, for APIs whose lists are plain arrays: how many rows there are on all pages is in `X-Total-Count`,
/// and where the next page is in `Link` (RFC 8288).
struct PageAnswer<Row: Encodable & Sendable>: ResponseGenerator {
    let rows: [Row]
    let page: PageRequest
    let total: Int

    func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = try Answer(rows).response(from: request, context: context)
        var headers = [("X-Total-Count", String(total))]
        if page.offset + rows.count < total, page.page < PageRequest.maximumPage {
            headers.append(("Link", "<\(nextPage(after: request.uri.query ?? ""))>; rel=\"next\""))
        }
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
        return response
    }

    /// The same page with something else made of each row.
    func map<Other: Encodable & Sendable>(_ transform: (Row) throws -> Other) rethrows -> PageAnswer<Other> {
        PageAnswer<Other>(rows: try rows.map(transform), page: page, total: total)
    }

    /// Relative to the page itself, with whatever else it was asked for.
    private func nextPage(after query: String) -> String {
        let others = query.split(separator: "&").filter { !$0.hasPrefix("page=") }
        return "?" + (others + ["page=\(page.page + 1)"]).joined(separator: "&")
    }
}
