import Identity

/// Why an access token is not taken, as it is counted.
enum BearerRefusal: String, CountedRefusal, CaseIterable {
    /// The request carries none.
    case missing
    /// Forged, expired, or no token of ours at all.
    case invalid
    /// For another API.
    case audience
    /// Its login is over.
    case ended
    /// An API token, where only a login will do.
    case apiToken = "api_token"

    static let subject = "bearer"

    var reason: BearerRefusal { self }
}
