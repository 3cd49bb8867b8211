public import HTTPTypes
public import Hummingbird

// Routes that say what they ask of a token. They stand behind a `BearerAuthentication`; where none was added they
// answer 500 and do nothing.

extension RouterMethods where Context: BearerRequestContext {
    /// Adds a route whose handler is run only for a token that meets the requirement.
    @discardableResult
    public func on(
        _ path: RouterPath = "", method: HTTPRequest.Method, requiring requirement: TokenRequirement,
        use handler: @escaping @Sendable (Request, VerifiedContext<Context>) async throws -> some ResponseGenerator
    ) -> Self {
        on(path, method: method) { request, context in
            let call = try context.verifiedCall
            try call.require(requirement)
            return try await handler(request, VerifiedContext(of: context))
        }
    }

    /// Adds a `GET` for tokens that were granted `scope`.
    @discardableResult
    public func get(
        _ path: RouterPath = "", scope: String,
        use handler: @escaping @Sendable (Request, VerifiedContext<Context>) async throws -> some ResponseGenerator
    ) -> Self {
        on(path, method: .get, requiring: .scope(scope), use: handler)
    }

    /// Adds a `GET` for tokens that meet the requirement.
    @discardableResult
    public func get(
        _ path: RouterPath = "", requiring requirement: TokenRequirement,
        use handler: @escaping @Sendable (Request, VerifiedContext<Context>) async throws -> some ResponseGenerator
    ) -> Self {
        on(path, method: .get, requiring: requirement, use: handler)
    }

    /// Adds a `HEAD` for tokens that were granted `scope`.
    @discardableResult
    public func head(
        _ path: RouterPath = "", scope: String,
        use handler: @escaping @Sendable (Request, VerifiedContext<Context>) async throws -> some ResponseGenerator
    ) -> Self {
        on(path, method: .head, requiring: .scope(scope), use: handler)
    }

    /// Adds a `POST` for tokens that were granted `scope`.
    @discardableResult
    public func post(
        _ path: RouterPath = "", scope: String,
        use handler: @escaping @Sendable (Request, VerifiedContext<Context>) async throws -> some ResponseGenerator
    ) -> Self {
        on(path, method: .post, requiring: .scope(scope), use: handler)
    }

    /// Adds a `POST` for tokens that meet the requirement.
    @discardableResult
    public func post(
        _ path: RouterPath = "", requiring requirement: TokenRequirement,
        use handler: @escaping @Sendable (Request, VerifiedContext<Context>) async throws -> some ResponseGenerator
    ) -> Self {
        on(path, method: .post, requiring: requirement, use: handler)
    }

    /// Adds a `PUT` for tokens that were granted `scope`.
    @discardableResult
    public func put(
        _ path: RouterPath = "", scope: String,
        use handler: @escaping @Sendable (Request, VerifiedContext<Context>) async throws -> some ResponseGenerator
    ) -> Self {
        on(path, method: .put, requiring: .scope(scope), use: handler)
    }

    /// Adds a `PUT` for tokens that meet the requirement.
    @discardableResult
    public func put(
        _ path: RouterPath = "", requiring requirement: TokenRequirement,
        use handler: @escaping @Sendable (Request, VerifiedContext<Context>) async throws -> some ResponseGenerator
    ) -> Self {
        on(path, method: .put, requiring: requirement, use: handler)
    }

    /// Adds a `PATCH` for tokens that were granted `scope`.
    @discardableResult
    public func patch(
        _ path: RouterPath = "", scope: String,
        use handler: @escaping @Sendable (Request, VerifiedContext<Context>) async throws -> some ResponseGenerator
    ) -> Self {
        on(path, method: .patch, requiring: .scope(scope), use: handler)
    }

    /// Adds a `PATCH` for tokens that meet the requirement.
    @discardableResult
    public func patch(
        _ path: RouterPath = "", requiring requirement: TokenRequirement,
        use handler: @escaping @Sendable (Request, VerifiedContext<Context>) async throws -> some ResponseGenerator
    ) -> Self {
        on(path, method: .patch, requiring: requirement, use: handler)
    }

    /// Adds a `DELETE` for tokens that were granted `scope`.
    @discardableResult
    public func delete(
        _ path: RouterPath = "", scope: String,
        use handler: @escaping @Sendable (Request, VerifiedContext<Context>) async throws -> some ResponseGenerator
    ) -> Self {
        on(path, method: .delete, requiring: .scope(scope), use: handler)
    }

    /// Adds a `DELETE` for tokens that meet the requirement.
    @discardableResult
    public func delete(
        _ path: RouterPath = "", requiring requirement: TokenRequirement,
        use handler: @escaping @Sendable (Request, VerifiedContext<Context>) async throws -> some ResponseGenerator
    ) -> Self {
        on(path, method: .delete, requiring: requirement, use: handler)
    }
}
