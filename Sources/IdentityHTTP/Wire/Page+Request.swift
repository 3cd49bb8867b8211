import Identity
import JOSE

extension Call {
    /// `?page=1&limit=50`
    func page() throws -> Page {
        guard
            let page = Page(
                number: try number("page") ?? 1, limit: try number("limit") ?? Page.defaultLimit)
        else {
            throw Refusal.invalidRequest(
                "page is a number from 1 to \(Page.maximumNumber), and limit one from 1 to \(Page.maximumLimit).")
        }
        return page
    }

    func number(_ name: String) throws -> Int64? {
        guard let text = query(name) else { return nil }
        guard text.utf8.count <= 18, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int64(text)
        else { throw Refusal.invalidRequest("The parameter \(name) must be a whole number of at most 18 digits.") }
        return number
    }
}

extension JSONWriter {
    /// `pagination: {page, limit, total}`
    mutating func member<Item>(pagination paged: Paged<Item>) {
        beginObject("pagination")
        member("page", paged.page.number)
        member("limit", paged.page.limit)
        member("total", paged.total)
        endObject()
    }
}
