import Hummingbird
import LatchkeyHummingbird

/// `/me` and `/scopes`: what a token is good for. Any good token may ask.
struct TokenInformation {
    /// `GET /me`
    struct Me: Encodable {
        struct Contractor: Encodable {
            let id: String
        }

        let contractor: Contractor
        let scopes: [String]
    }

    /// `GET /scopes`
    struct Scopes: Encodable {
        let granted: [String]
        let catalog: [ScopeOfAPI]
    }

    func routes(on api: APIRoutes) {
        api.get("me", requiring: .token) { _, context in
            Answer(Me(contractor: .init(id: context.tenant), scopes: granted(to: context.token)))
        }
        api.get("scopes", requiring: .token) { _, context in
            Answer(Scopes(granted: granted(to: context.token), catalog: CrewKeel.scopes))
        }
    }

    /// Of this API: an API token may have scopes of others as well.
    private func granted(to token: VerifiedToken) -> [String] {
        CrewKeel.scopes.map(\.scope).filter(token.has)
    }
}
