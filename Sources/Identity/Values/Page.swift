/// Which part of a list is asked for: pages are counted from 1.
package struct Page: Hashable, Sendable {
    package let number: Int64
    /// Rows on a page.
    package let limit: Int64

    package static let defaultLimit: Int64 = 50
    package static let maximumLimit: Int64 = 200
    /// Far more than any list has; with it the offset stays within bounds.
    package static let maximumNumber: Int64 = 1_000_000

    package static let first = Page()

    private init() {
        (number, limit) = (1, Self.defaultLimit)
    }

    /// Nil when one of them is out of bounds.
    package init?(number: Int64 = 1, limit: Int64 = defaultLimit) {
        guard (1...Self.maximumNumber).contains(number), (1...Self.maximumLimit).contains(limit) else { return nil }
        (self.number, self.limit) = (number, limit)
    }

    var offset: Int64 { (number - 1) * limit }
}

/// One page of a list.
package struct Paged<Item: Sendable>: Sendable {
    package let items: [Item]
    package let page: Page
    /// How many there are on all pages.
    package let total: Int64
}
