package import Database

/// The numbered migrations. Each is frozen once shipped: a change is a new number.
package enum Schema {
    package static let migrations: [Migration] = [
        foundation, deadMail, setup, signingKeyLife, epoch, organizations, idempotency, stepUp, apiTokens, passkeys,
        webhooks, apiTokenNotices, revocations,
    ]
}
