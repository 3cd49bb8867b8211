import JOSE

/// What an issuer says about tokens, read strictly: what is not to the letter counts as no answer at all.
enum IntrospectionResponse {
    /// The longest answer about one token.
    static let maximumLength = 65_536

    /// An object with `active` (RFC 7662 §2.2).
    static func single(_ body: [UInt8]) -> JSONObject? {
        guard body.count <= maximumLength, let object = try? JSONValue.parse(body).object else { return nil }
        return object["active"]?.bool == nil ? nil : object
    }

    /// As many of them as were asked about.
    static func batch(_ body: [UInt8], count: Int) -> [JSONObject]? {
        guard body.count <= maximumLength * count, let object = try? JSONValue.parse(body).object,
            let answers = object["tokens"]?.array?.map(\.object), answers.count == count
        else { return nil }
        let objects = answers.compactMap { $0?["active"]?.bool == nil ? nil : $0 }
        return objects.count == count ? objects : nil
    }
}
