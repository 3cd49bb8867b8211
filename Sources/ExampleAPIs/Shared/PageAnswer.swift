import Foundation
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// A page of a list, for APIs whose lists are plain arrays: how many rows there are on all pages is in `X-Total-Count`,
/// and where the next page is in `Link` (RFC 8288).
struct PageAnswer<Row: Encodable & Sendable>: ResponseGenerator {
    let rows: [Row]
    let page: PageRequest
    let total: Int
    /// What else of the query the list understood: `type=service`.
    var filters: [(name: String, value: String)] = []

    func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = try Answer(rows).response(from: request, context: context)
        var headers = [("X-Total-Count", String(total))]
        if page.offset + rows.count < total, page.page < PageRequest.maximumPage {
            headers.append(("Link", "<\(nextPage)>; rel=\"next\""))
        }
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
        return response
    }

    /// The same page with something else made of each row.
    func map<Other: Encodable & Sendable>(_ transform: (Row) throws -> Other) rethrows -> PageAnswer<Other> {
        PageAnswer<Other>(rows: try rows.map(transform), page: page, total: total, filters: filters)
    }

    /// The same page, of a list that was narrowed by a parameter of the query.
    func filtered(by name: String, _ value: String) -> PageAnswer {
        PageAnswer(rows: rows, page: page, total: total, filters: filters + [(name: name, value: value)])
    }

    /// Relative to the page itself, and made of what was understood of its query. The query as it came is not repeated:
    /// `>` in it would end the address, and the rest would be read as links of this API's own.
    private var nextPage: String {
        var parameters = filters
        parameters.append((name: "limit", value: String(page.limit)))
        parameters.append((name: "page", value: String(page.page + 1)))
        return "?" + parameters.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
    }

    /// RFC 3986 §2.3: all but unreserved characters by percent.
    private static func encoded(_ value: String) -> String {
        let unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
        return value.addingPercentEncoding(withAllowedCharacters: CharacterSet(charactersIn: unreserved)) ?? ""
    }
}
