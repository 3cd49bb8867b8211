import HTTPTypes
import Hummingbird
import Identity
import JOSE
import LatchkeyVerifier

/// Who a bearer token speaks for.
enum TokenHolder: Sendable {
    /// A person, by the access token of a login.
    case login(Grants.Active)
    /// An organization's program, by an API token or the JWT that it was exchanged for.
    case apiToken(APITokens.Active)

    var scopes: ScopeSet {
        switch self {
        case .login(let login): login.scopes
        case .apiToken(let active): active.scopes
        }
    }

    var resources: ResourceRestrictions? {
        switch self {
        case .login: nil
        case .apiToken(let active): active.token.resources
        }
    }
}

extension BearerAuthentication {
    /// Makes a route that is read with any token of this server.
    func route(
        anyHolder path: String, _ respond: @escaping @Sendable (Call, TokenHolder) async throws -> Response
    ) -> Route {
        Route(method: .get, path: path, dialect: .api, access: .bearer, rate: .api) { call in
            let holder = try await self.holder(call)
            guard case .apiToken(let active) = holder else { return try await respond(call, holder) }
            let allowance = try admit(active, call)
            do {
                var response = try await respond(call, holder)
                allowance?.write(to: &response.headers)
                return response
            } catch var refusal as Refusal {
                allowance?.write(to: &refusal.headers)
                throw refusal
            }
        }
    }

    /// Whoever the token of a request speaks for.
    func holder(_ call: Call) async throws -> TokenHolder {
        guard let presented = call.request.headers.bearerToken else { throw refused(.missing, .bearerMissing) }
        if presented.hasPrefix(APITokenSecret.prefix) {
            return .apiToken(try await apiToken(presented, call, calls: 0))
        }
        let (token, holder) = try await self.holder(of: presented, at: call.now)
        let scopes = ScopeSet(stored: token.scope)
        switch holder {
        case .login(var login):
            try requireOwnAudience(token)
            login.scopes = scopes
            return .login(login)
        case .apiToken(var active):
            guard isOwnAudience(token) else {
                throw try refused(active, .audience, .foreignAudience, call)
            }
            active.scopes = scopes.intersection(active.scopes)
            return .apiToken(active)
        }
    }

    /// Lets a call in that the limit of the minute and the quota of the month allow. Only then is it one of the month, or who
    /// calls too fast would use that up by calls that are refused. A JWT was counted when it was exchanged.
    private func admit(_ active: APITokens.Active, _ call: Call) throws -> RateLimit.Allowance? {
        let allowance = try limits.spend(active, at: call.now)
        if call.request.headers.bearerToken?.hasPrefix(APITokenSecret.prefix) == true {
            apiTokens.count(active, at: call.now, from: call.origin)
        }
        return allowance
    }

    /// A refusal of what an API token calls: it counts as a call, and tells what is left of them. Past the limit it is
    /// that which is told.
    func refused(
        _ active: APITokens.Active, _ reason: BearerRefusal, _ refusal: Refusal, _ call: Call
    ) throws -> Refusal {
        let allowance = try admit(active, call)
        var refusal = refused(reason, refusal)
        allowance?.write(to: &refusal.headers)
        return refusal
    }

    /// A valid JWT of ours, and whoever it speaks for, alive.
    func holder(of token: String, at now: Instant) async throws -> (token: VerifiedToken, holder: TokenHolder) {
        let verified = try await signed(token, at: now)
        if let id = verified.grantID.flatMap(APIToken.ID.init) {
            switch try await apiTokens.standing(of: id, at: now) {
            case .success(let active): return (verified, .apiToken(active))
            case .failure(let refusal): throw refused(.ended, Refusal(refusal))
            }
        }
        guard let id = verified.grantID.flatMap(Grant.ID.init) else { throw refused(.invalid, .grantMissing) }
        switch try await grants.standing(of: id, at: now) {
        case .success(let grant): return (verified, .login(grant))
        case .failure:
            throw refused(.ended, .loginEnded)
        }
    }

    /// A living API token.
    ///
    /// - Parameter calls: as how many calls it counts.
    func apiToken(_ presented: String, _ call: Call, calls: Int64) async throws -> APITokens.Active {
        try active(try await apiTokens.authenticate(presented, calls: calls, at: call.now, from: call.origin))
    }

    func active(_ outcome: Result<APITokens.Active, APITokenUseRefusal>) throws -> APITokens.Active {
        switch outcome {
        case .success(let active): return active
        case .failure(let refusal): throw refused(refusal == .unknown ? .invalid : .ended, Refusal(refusal))
        }
    }
}
