import JOSE
import Testing
import WebAuthn

@testable import Identity

/// Something that is done in someone's name and stays when their login is over.
struct Act: Sendable {
    let name: String
    /// False when it was refused.
    let perform: @Sendable () async throws -> Bool

    init<Outcome: Sendable, Refusal: Error>(
        _ name: String, _ operate: @escaping @Sendable () async throws -> Result<Outcome, Refusal>
    ) {
        self.name = name
        perform = {
            switch try await operate() {
            case .success: true
            case .failure: false
            }
        }
    }
}

extension ActingScene {
    /// Each of them, in an order in which each can be done.
    func acts() throws -> [Act] {
        try apiTokenActs + webhookActs() + factorActs() + organizationActs()
            + [rename, kind == .session ? approval : change]
    }

    private var apiTokenActs: [Act] {
        let (tokens, token, actor) = (world.provider.apiTokens, token, actor)
        return [
            Act("mint an API token") { try await tokens.mint(.example, by: actor, at: .start, from: .desk) },
            Act("rename it") { try await tokens.rename(token, to: "Other", by: actor, at: .start, from: .desk) },
            Act("rotate it") { try await tokens.rotate(token, overlap: .zero, by: actor, at: .start, from: .desk) },
            Act("revoke it") { try await tokens.revoke(token, by: actor, at: .start, from: .desk) },
        ]
    }

    private func webhookActs() throws -> [Act] {
        let (webhooks, webhook, delivery, actor) = (world.provider.webhooks, webhook, delivery, actor)
        let draft = Webhooks.Draft(
            url: try .example("https://eve.example.com/"), events: try WebhookEvents.parse(["*"]).get())
        return [
            Act("make a webhook") { try await webhooks.create(draft, by: actor, at: .start, from: .desk) },
            Act("send it elsewhere") {
                try await webhooks.update(webhook, .init(url: draft.url), by: actor, at: .start, from: .desk)
            },
            Act("rotate its secret") {
                try await webhooks.rotate(webhook, overlap: .zero, by: actor, at: .start, from: .desk)
            },
            Act("have it tried") { try await webhooks.test(webhook, by: actor, at: .start, from: .desk) },
            Act("have it told again") { try await webhooks.replay(delivery, by: actor, at: .start, from: .desk) },
            Act("delete it") { try await webhooks.delete(webhook, by: actor, at: .start, from: .desk) },
        ]
    }

    private func factorActs() throws -> [Act] {
        let (apps, registration) = (world.provider.authenticatorApps, world.provider.passkeyRegistration)
        let (passkeys, login, shown) = (world.provider.passkeys, login, shown)
        let (code, passkey, response) = (code, passkey, try RegistrationResponse(attestation))
        return [
            Act("confirm an app") {
                try await apps.confirm(code, by: login, stepUp: shown, at: .start, from: .desk)
            },
            Act("make recovery codes") {
                try await apps.newRecoveryCodes(by: login, stepUp: shown, at: .start, from: .desk)
            },
            Act("begin another app") { try await apps.enrol(by: login, stepUp: shown, at: .start, from: .desk) },
            Act("remove the app") { try await apps.remove(by: login, stepUp: shown, at: .start, from: .desk) },
            Act("add a passkey") {
                try await registration.finish(
                    response, name: nil, by: login, stepUp: shown, at: .start, from: .desk)
            },
            Act("begin another passkey") { try await registration.begin(by: login, stepUp: shown, at: .start) },
            Act("rename a passkey") {
                try await passkeys.rename(passkey, by: login, to: "Other", at: .start, from: .desk)
            },
            Act("remove a passkey") {
                try await passkeys.remove(passkey, by: login, stepUp: shown, at: .start, from: .desk)
            },
        ]
    }

    private func organizationActs() throws -> [Act] {
        let (provider, id, login, bob) = (world.provider, id, login, bob.user.id)
        let (eve, invitation, invited) = (try #require(EmailAddress("eve@example.com")), invitation, invited)
        return [
            Act("invite someone") {
                try await provider.invitations.invite(eve, as: .owner, to: id, by: login, at: .start, from: .desk)
            },
            Act("withdraw an invitation") {
                try await provider.invitations.revoke(invitation, in: id, by: login, at: .start, from: .desk)
            },
            Act("accept an invitation") {
                try await provider.invitationAcceptance.accept(.token(invited), by: login, at: .start, from: .desk)
            },
            Act("give another role") {
                try await provider.members.changeRole(
                    of: bob, to: .admin, in: id, by: login, at: .start, from: .desk)
            },
            Act("remove a member") {
                try await provider.members.remove(bob, from: id, by: login, at: .start, from: .desk)
            },
            Act("found an organization") {
                try await provider.organizations.found(
                    name: "Other", slug: nil, by: login, at: .start, from: .desk)
            },
            Act("rename an organization") {
                try await provider.organizations.rename(id, to: "Other", by: login, at: .start, from: .desk)
            },
        ]
    }

    private var rename: Act {
        let (users, login) = (world.provider.users, login)
        return Act("take another name") { () async throws -> Result<User, Never> in
            .success(try await users.rename(by: login, to: "Other", at: .start, from: .desk))
        }
    }

    /// By a session alone.
    private var approval: Act {
        let (decisions, codes, ada) = (world.provider.deviceDecisions, codes, ada)
        return Act("let a device in") {
            try await decisions.approve(
                codes.userCode, organization: ada.organization.id, by: ada.authenticated, at: .start, from: .desk)
        }
    }

    /// By a grant alone.
    private var change: Act {
        let (organizationSwitch, active, id) = (world.provider.organizationSwitch, active, id)
        return Act("switch the organization") {
            try await organizationSwitch.switch(from: active, to: id.description, at: .start, from: .device)
        }
    }
}
