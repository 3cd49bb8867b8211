import JOSE

@testable import latchkey

extension IssuedTokens {
    /// Tokens that live for four hours.
    static var example: IssuedTokens { example(number: 1) }

    static func example(number: Int, expiresIn seconds: Int64 = 14_400) -> IssuedTokens {
        IssuedTokens(
            accessToken: "access-\(number)", refreshToken: "refresh-\(number)", expiresIn: .seconds(seconds),
            scope: "profile jobs:read")
    }
}

extension JSONObject {
    /// A token answer (RFC 6749 §5.1) whose tokens carry a number.
    static func tokens(number: Int, expiresIn seconds: Int64 = 14_400) -> JSONObject {
        [
            "access_token": .string("access-\(number)"), "token_type": .string("Bearer"),
            "expires_in": .integer(seconds), "refresh_token": .string("refresh-\(number)"),
            "scope": .string("profile jobs:read"),
        ]
    }

    /// An error answer of `/api/v1`.
    static func error(_ code: String, _ message: String = "no") -> JSONObject {
        ["error": .object(["code": .string(code), "message": .string(message)])]
    }

    /// What `GET /api/v1/auth/me` answers.
    static var me: JSONObject {
        [
            "id": .string("usr_1"), "email": .string("ada@example.com"), "name": .string("Ada Lovelace"),
            "organization": .object(
                [
                    "id": .string("org_1"), "slug": .string("demo"), "name": .string("Demo"), "role": .string("owner"),
                ]),
            "scopes": .array([.string("profile"), .string("jobs:read")]),
            "session": .object(["expires_at": .string("2027-01-01T00:00:00Z")]),
        ]
    }
}

// Only the tests write JSON values as literals.
extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    init(stringLiteral text: String) { self = .string(text) }
    init(integerLiteral number: Int64) { self = .integer(number) }
}
