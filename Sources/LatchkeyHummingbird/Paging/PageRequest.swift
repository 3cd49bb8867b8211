public import Hummingbird
public import LatchkeyVerifier

/// Which page of a list is asked for: `?page=1&limit=50`.
///
///     let page = try PageRequest(request)
///     let (contacts, total) = try await contacts.list(of: context.tenant, limit: page.limit, offset: page.offset)
public struct PageRequest: Hashable, Sendable {
    /// Items on a page when the caller does not say.
    public static let defaultLimit = 50
    /// Items on a page at most.
    public static let maximumLimit = 200
    /// The last page that can be asked for.
    public static let maximumPage = 1_000_000

    /// From 1 on.
    public let page: Int
    /// How many items are on a page, from 1 to ``maximumLimit``.
    public let limit: Int

    /// How many items come before this page.
    public var offset: Int { (page - 1) * limit }

    /// What the query of a request asks for.
    ///
    /// - Throws: 400 `invalid_request` for what is no number or out of bounds. A limit of 1000 is not quietly taken for
    ///   200: its caller would think the list had ended.
    public init(_ request: Request) throws(APIRefusal) {
        let query = request.uri.queryParameters
        let page = Self.number(query.getAll("page")) ?? 1
        let limit = Self.number(query.getAll("limit")) ?? Self.defaultLimit
        guard (1...Self.maximumPage).contains(page), (1...Self.maximumLimit).contains(limit) else {
            throw .invalidRequest(
                "page is a number from 1 to \(Self.maximumPage), and limit one from 1 to \(Self.maximumLimit).")
        }
        self.page = page
        self.limit = limit
    }

    /// Nil when it is not there; 0, which is out of all bounds, when it is no number or there twice.
    private static func number(_ values: [some StringProtocol]) -> Int? {
        guard let text = values.first else { return nil }
        guard values.count == 1, (1...9).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return 0 }
        return Int(text) ?? 0
    }

    /// What is told of this page beside its items.
    ///
    /// - Parameter total: how many items there are on all pages.
    public func pagination(total: Int) -> Pagination { Pagination(page: page, limit: limit, total: total) }

    /// This page of a list that is all in memory.
    public func items<Item>(of list: [Item]) -> ArraySlice<Item> { list.dropFirst(offset).prefix(limit) }
}

/// `"pagination":{"page":1,"limit":50,"total":1234}`
public struct Pagination: Codable, Hashable, Sendable {
    /// The page, from 1 on.
    public let page: Int
    /// How many items are on a page.
    public let limit: Int
    /// How many there are on all.
    public let total: Int
}

extension JSONWriter {
    /// Writes the member `pagination`.
    public mutating func member(_ pagination: Pagination) {
        beginObject("pagination")
        member("page", pagination.page)
        member("limit", pagination.limit)
        member("total", pagination.total)
        endObject()
    }
}
