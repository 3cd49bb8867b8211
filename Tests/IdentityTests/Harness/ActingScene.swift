import JOSE
import TestAuthenticators
import Testing
import WebAuthn

@testable import Identity

/// An owner who was let in, by one of two kinds of logins, and who has something of everything.
struct ActingScene: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case session, grant
    }

    let world: World
    let kind: Kind
    /// She, at a browser.
    let ada: Visitor
    /// She, by a command line.
    let active: Grants.Active
    /// Another owner of her organization, with one of his own.
    let bob: Visitor
    let app: Client
    let token: APIToken.ID
    let webhook: Webhook.ID
    let delivery: WebhookDelivery.ID
    let passkey: Passkey.ID
    /// What a new authenticator has made for her login.
    let attestation: JSONValue
    /// The first code of an authenticator app that waits for it.
    let code: String
    /// Sent by her.
    let invitation: Invitation.ID
    /// The token of one that was sent to her.
    let invited: String
    /// Opened in her browser.
    let codes: DeviceFlow.Codes

    var login: Login { kind == .session ? ada.login : active.login }
    var id: Organization.ID { ada.organization.id }
    var shown: StepUp { StepUp(.passkey, at: .start) }
    var actor: APITokens.Actor {
        kind == .grant ? APITokens.Actor(active) : APITokens.Actor(ada.authenticated, in: id, stepUp: shown)
    }

    init(_ engine: Engine, _ kind: Kind) async throws {
        let world = try await World(engine)
        let (ada, actor) = try await world.admin()
        let bob = try await world.visitor("bob@example.com")
        let grant = try #require(actor.grant)
        (self.world, self.kind, self.ada, self.bob) = (world, kind, ada, bob)
        active = try await world.provider.grants.standing(of: grant, at: .start).get()
        let login = kind == .session ? ada.login : .grant(grant)
        try await world.join(bob, ada.organization.id, as: .owner)
        token = try await world.mint(by: actor).get().listed.token.id
        webhook = try await world.webhook(by: actor).webhook.id
        _ = try await world.provider.webhooks.test(webhook, by: actor, at: .start, from: .desk).get()
        try await world.send(to: webhook, Receiver([.taken]))
        delivery = try #require(try await world.deliveries(of: webhook, by: actor).first).id
        _ = try await world.provider.authenticatorApps.enrol(by: login, stepUp: nil, at: .start, from: .desk).get()
        code = try #require(try await world.secret(of: ada.user.id, .pending)).totp.code(of: TOTP.step(at: .start))
        var (old, new) = (try SoftwareAuthenticator(), try SoftwareAuthenticator())
        passkey = try await world.passkey(on: &old, for: ada, name: "Old").id
        attestation = new.register(try await world.creationOptions(by: login))
        invitation = try await world.provider.invitations.invite(
            try #require(EmailAddress("cy@example.com")), as: .member, to: ada.organization.id, by: login, at: .start,
            from: .desk
        ).get().id
        invited = try await world.invite("ada@example.com", to: bob.organization.id, by: bob)
        app = try await world.client()
        codes = try await world.codes(app)
        _ = try await world.open(codes, by: ada).get()
    }
}
