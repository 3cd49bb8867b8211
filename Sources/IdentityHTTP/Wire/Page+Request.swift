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
