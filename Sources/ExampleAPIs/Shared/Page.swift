import LatchkeyHummingbird

/// A page of a list, under the name of what is listed: `{"jobs": […], "pagination": {"page", "limit", "total"}}`
struct Page<Item: Encodable & Sendable>: Encodable, Sendable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    let name: String
    let items: [Item]
    let pagination: Pagination

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        try container.encode(items, forKey: Name(name))
        try container.encode(pagination, forKey: Name("pagination"))
    }
}
