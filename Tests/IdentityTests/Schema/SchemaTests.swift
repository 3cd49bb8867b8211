import Database
import JOSE
import TestAuthenticators
import Testing

@testable import Identity

@Suite("The schema")
struct SchemaTests {
    /// SHA-256 of the SQL of each migration, in order. A line here never changes once it has been released: a
    /// correction is a new migration, and a new line.
    private static let frozen = [
        "1 foundation 2302e6c31906ebb1d0ae1f3f20df352232078e6737dc3646cfb51e1c8f02aa29",
        "2 dead mail 22355940af6c8e88c3b8c4d7ceaf56314596f272957a4612829f0c27a012adf4",
        "3 setup 270688764acd2da8a4e5797c9da2399af2fc8deac5856b4339fd1503ac097b49",
        "4 signing key life 4d6078968a99a69f2429bb26c7fc18e456f2f853b8153dbce5b87e060b44e89a",
        "5 epoch 1e7eac91caf74973d41654f392c2e9901a8567ccc5c55c95820fb096552434b0",
        "6 organizations 0e81bdb416977926da72d0cbd7c517f6508fb95d0e421d27b7f0de74e01fb2fc",
        "7 idempotency c506e4192dbce2aa862b52ec6adfc9b9a1214123eb40e6056d9dfa7033eba3b2",
        "8 step up be448e89b7a3e2bb3b7621056b8f98ce34b52b91eb79f21cf9b0c1412e262f1d",
        "9 api tokens b6806cbd8c3502b6bb54502d408427b3c5bcd3987977042b8b7f661b9b677795",
        "10 passkeys 2c28395bfbd0da99936a3590a418762645a81f46b4db264acd5ad5d784e6dc4c",
        "11 webhooks 61c86102a85fb102cc6e456d1310f444b95410d8373f937cc4c0ae9ed44a7b13",
        "13 api token notices 97fbeef2ecedebae4b32e2073dcc65d19aeda60b2c54810c4d598cc7805440b6",
        "14 revocations 1b44203194660d80defc1e996ae6cb905cfc776f24b1d03204a3d11fa3d3e438",
    ]

    @Test("has migrations that never change once shipped, numbered without a gap")
    func frozen() {
        let migrations = Schema.migrations.map { migration in
            "\(migration.number) \(migration.name) \(hexadecimal(SHA256.hash(Array(migration.sql.utf8))))"
        }
        #expect(migrations == Self.frozen)
        let numbers = Schema.migrations.map(\.number)
        #expect(numbers == Set(numbers).sorted())
    }

    @Test("refuses rows that no rule would write", arguments: Engine.all)
    func constraints(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        _ = try await world.tokens(for: ada, app)
        _ = try await world.codes(app)
        _ = try await world.invite("bob@example.com", to: ada.organization.id, by: ada)
        _ = try await world.record("a", of: world.call())
        let actor = try await world.admin("eve@example.com").actor
        _ = try await world.webhook(by: actor)
        let token = try await world.mint(by: actor).get()
        _ = try await world.use(token.secret)
        try await world.provider.apiTokens.flushUses()
        _ = try await world.provider.apiTokenNotices.send(at: .start + .seconds(100 * 86_400))
        var key = try SoftwareAuthenticator()
        try await world.passkey(on: &key, for: ada)
        _ = try await world.requestOptions(by: ada.holder)
        let impossible = [
            "UPDATE grants SET generation = 0", "UPDATE grants SET user_id = 1", "UPDATE grants SET client_id = 1",
            "UPDATE grants SET organization_id = 1", "DELETE FROM users", "DELETE FROM clients",
            "DELETE FROM organizations", "UPDATE memberships SET role = 'root'",
            "UPDATE organizations SET plan = 'gratis'", "UPDATE device_authorizations SET state = 'open'",
            "UPDATE device_authorizations SET state = 'approved' WHERE state = 'pending'",
            "UPDATE device_authorizations SET user_id = NULL WHERE state = 'redeemed'",
            "UPDATE magic_links SET wrong_codes = 6", "UPDATE magic_links SET match_code = NULL",
            "UPDATE magic_links SET browser_digest = NULL, match_code = NULL",
            "UPDATE audit_events SET sequence = 1, chain_hash = NULL", "UPDATE audit_head SET id = 2",
            "UPDATE outgoing_mail SET suppressed = 2", "UPDATE signing_keys SET state = 'lost'",
            "UPDATE clients SET refresh_reuse_leeway = -1", "UPDATE epoch SET id = 2", "UPDATE epoch SET number = 0",
            "INSERT INTO setup_claim (id, setup_link_id, claimed_at) VALUES (2, 1, 1)",
            "UPDATE invitations SET state = 'lost'",
            "UPDATE invitations SET state = 'accepted'", "UPDATE invitations SET role = 'root'",
            "UPDATE invitations SET organization_id = 1", "UPDATE invitations SET token_digest = NULL",
            "UPDATE recorded_answers SET sealed_answer = NULL", "UPDATE passkeys SET sign_count = -1",
            "UPDATE passkeys SET sign_count = 4294967296", "UPDATE passkeys SET backed_up = 1",
            "UPDATE passkeys SET user_id = 1", "UPDATE passkeys SET backup_eligible = 2",
            "UPDATE passkey_challenges SET purpose = 'anything'", "UPDATE clients SET step_up = 'sometimes'",
            "INSERT INTO passkeys SELECT id + 1, user_id, credential_id, public_key, sign_count, transports, "
                + "backup_eligible, backed_up, aaguid, name, created_at, last_used_at, counter_regressed_at FROM passkeys",
            "UPDATE api_tokens SET access = 'root'", "UPDATE api_tokens SET scopes = ''",
            "UPDATE api_tokens SET resources = '{}'", "UPDATE api_tokens SET former_code = code",
            "UPDATE api_tokens SET organization_id = 1",
            "UPDATE api_tokens SET created_by = 1", "UPDATE api_tokens SET generation = 0",
            "UPDATE api_token_days SET calls = 0", "UPDATE api_token_days SET token_id = 1",
            "UPDATE api_token_periods SET calls = 0", "UPDATE api_token_periods SET organization_id = 1",
            "UPDATE api_token_notices SET notice = 'lost'", "UPDATE api_token_notices SET token_id = 1",
            "DELETE FROM api_tokens",
            "UPDATE webhooks SET organization_id = 1", "UPDATE webhooks SET events = ''",
            "UPDATE webhooks SET disabled_at = 1", "UPDATE webhooks SET disabled_at = 1, disabled_reason = 'tired'",
            "UPDATE webhooks SET former_ends_at = 1", "DELETE FROM webhooks",
            "UPDATE webhook_deliveries SET state = 'lost'", "UPDATE webhook_deliveries SET state = 'dead'",
            "UPDATE webhook_deliveries SET next_attempt_at = NULL", "UPDATE webhook_deliveries SET webhook_id = 1",
            "UPDATE grants SET proven_at = 1", "UPDATE grants SET proof = 'totp'",
            "UPDATE sessions SET proven_at = 1, proof = 'magic_link'", "UPDATE sessions SET proof = 'passkey'",
        ]
        _ = try await world.provider.audit.seal()
        for statement in impossible {
            await #expect(throws: DatabaseFailure.self, "\(statement)") { try await world.tamper(statement) }
        }
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
