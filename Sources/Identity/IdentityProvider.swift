package import Database
package import JOSE
package import Logging
package import Metrics
import WebAuthn

// Identity is the domain: who people are, what they allowed, and which tokens that is worth. A folder a feature: the
// entity with its rules (pure, given the time), its SQL, its operations (one transaction each). It knows nothing of
// HTTP, the environment or the wall clock.

/// All operations of the domain over one database, composed. Each member is a feature of its own.
package struct IdentityProvider: Sendable {
    /// The issuer identifier: a URL without a trailing slash.
    package let issuer: String
    package let storage: Storage
    package let keys: PurposeKeys
    package let signingKeys: SigningKeyRing
    package let signingKeyUpkeep: SigningKeyUpkeep
    package let audit: AuditTrail
    package let auditLog: AuditLog
    package let organizations: Organizations
    package let members: Members
    package let invitations: Invitations
    package let invitationAcceptance: InvitationAcceptance
    package let users: Users
    package let resourceServers: ResourceServers
    package let clients: Clients
    package let sessions: Sessions
    package let accessTokens: AccessTokens
    package let grants: Grants
    let logins: Logins
    package let refreshTokens: RefreshTokens
    package let organizationSwitch: OrganizationSwitch
    package let deviceFlow: DeviceFlow
    package let deviceDecisions: DeviceDecisions
    package let mail: MailQueue
    package let magicLinks: MagicLinks
    package let magicLinkSignIn: MagicLinkSignIn
    package let passkeys: Passkeys
    package let passkeyRegistration: PasskeyRegistration
    package let passkeySignIn: PasskeySignIn
    package let sweep: Sweep
    package let gauges: Gauges
    package let setup: Setup
    package let recordedAnswers: RecordedAnswers
    package let stepUps: StepUps
    package let authenticatorApps: AuthenticatorApps
    package let passkeyStepUp: PasskeyStepUp
    package let apiTokens: APITokens
    package let webhooks: Webhooks
    package let webhookQueue: WebhookQueue
    package let apiTokenNotices: APITokenNotices
    package let tokenExchange: TokenExchange
    package let revocationFeed: RevocationFeed

    /// What the domain is given from outside.
    package struct Surroundings: Sendable {
        package var issuer: String
        package var database: Database
        package var keys: PurposeKeys
        package var random: RandomSource
        package var logger: Logger
        package var signUp: SignUpPolicy
        /// Who keeps the numbers of what happens; nobody, by default.
        package var metrics: any MetricsFactory = NOOPMetricsHandler.instance
        /// How long signing keys sign, and all that follows from it.
        package var signingKeySchedule = SigningKeySchedule.standard
        /// What each plan allows.
        package var plans = PlanCatalog.standard
        /// Writes the mail that carries a magic link.
        package var composeMagicLink: @Sendable (MagicLinkLetter) throws -> MailMessage
        /// Writes the mail that carries an invitation.
        package var composeInvitation: @Sendable (InvitationLetter) throws -> MailMessage
        /// Writes the mail that tells of a webhook that was switched off.
        package var composeWebhook: @Sendable (WebhookLetter) throws -> MailMessage = { $0.plain }
        /// Whether webhooks may lead to this very machine: in development mode alone.
        package var webhooksMayLoop = false
        /// Writes the mails about API tokens.
        package var composeAPITokenLetter: @Sendable (APITokenLetter) throws -> MailMessage
        /// Writes the mail that tells of a change of second factors.
        package var composeFactorNotice: @Sendable (FactorNotice) throws -> MailMessage

        package init(
            issuer: String, database: Database, keys: PurposeKeys, random: RandomSource = .system, logger: Logger,
            signUp: SignUpPolicy, composeMagicLink: @escaping @Sendable (MagicLinkLetter) throws -> MailMessage,
            composeInvitation: @escaping @Sendable (InvitationLetter) throws -> MailMessage,
            composeAPITokenLetter: @escaping @Sendable (APITokenLetter) throws -> MailMessage,
            composeFactorNotice: @escaping @Sendable (FactorNotice) throws -> MailMessage
        ) {
            self.issuer = issuer
            self.database = database
            self.keys = keys
            self.random = random
            self.logger = logger
            self.signUp = signUp
            self.composeMagicLink = composeMagicLink
            self.composeInvitation = composeInvitation
            self.composeAPITokenLetter = composeAPITokenLetter
            self.composeFactorNotice = composeFactorNotice
        }
    }

    /// Composes the features and loads the signing keys.
    ///
    /// Throws ``UnreadableSigningKey`` when the master key is not the one that the database was made with.
    package static func open(_ surroundings: Surroundings, at now: Instant) async throws -> IdentityProvider {
        let database = surroundings.database
        let audit = AuditTrail(database: database, random: surroundings.random)
        try await FormerMasterKey(surroundings, audit: audit).rewrap(at: now)
        let signingKeys = SigningKeys(database: database, keys: surroundings.keys, random: surroundings.random)
        let schedule = surroundings.signingKeySchedule
        let ring = try await signingKeys.load(at: now, schedule: schedule)
        let upkeep = SigningKeyUpkeep(signingKeys: signingKeys, ring: ring, schedule: schedule)
        return IdentityProvider(surroundings, upkeep: upkeep, audit: audit)
    }

    private init(_ given: Surroundings, upkeep: SigningKeyUpkeep, audit: AuditTrail) {
        let ring = upkeep.ring
        (issuer, keys, signingKeys, signingKeyUpkeep) = (given.issuer, given.keys, ring, upkeep)
        let database = given.database
        let metrics = IdentityMetrics(given.metrics)
        gauges = Gauges(database, given.metrics)
        storage = Storage(database: database)
        self.audit = audit
        auditLog = AuditLog(database: database)
        resourceServers = ResourceServers(database: database, random: given.random, audit: audit)
        clients = Clients(
            database: database, random: given.random, keys: keys, audit: audit, refusals: metrics.client)
        sessions = Sessions(database: database, random: given.random, audit: audit)
        accessTokens = AccessTokens(issuer: issuer, ring: ring, random: given.random)
        grants = Grants(
            database: database, random: given.random, keys: keys, issuer: issuer, accessTokens: accessTokens,
            audit: audit, sessions: sessions, resourceServers: resourceServers)
        logins = Logins(resourceServers: resourceServers)
        organizations = Organizations(database: database, random: given.random, audit: audit, logins: logins)
        users = Users(
            database: database, random: given.random, audit: audit, organizations: organizations, logins: logins,
            signUp: given.signUp)
        refreshTokens = RefreshTokens(database: database, keys: keys, grants: grants, metrics: metrics)
        organizationSwitch = OrganizationSwitch(database: database, grants: grants, logins: logins)
        deviceFlow = DeviceFlow(
            database: database, random: given.random, keys: keys, grants: grants, audit: audit,
            refusals: metrics.device)
        deviceDecisions = DeviceDecisions(
            database: database, keys: keys, audit: audit, resourceServers: resourceServers, logins: logins,
            refusals: metrics.deviceDecision)
        mail = MailQueue(
            database: database, random: given.random, keys: keys, logger: given.logger, counters: metrics.mail)
        apiTokenNotices = APITokenNotices(
            database: database, mail: mail, issuer: issuer, plans: given.plans, compose: given.composeAPITokenLetter)
        members = Members(
            database: database, audit: audit, grants: grants, notices: apiTokenNotices, logins: logins)
        magicLinks = MagicLinks(
            database: database, random: given.random, keys: keys, issuer: issuer, users: users, mail: mail,
            audit: audit, compose: given.composeMagicLink)
        magicLinkSignIn = MagicLinkSignIn(
            database: database, keys: keys, users: users, sessions: sessions, grants: grants, audit: audit,
            refusals: metrics.magicLink)
        let relyingParty = RelyingParty(issuer: issuer)
        let notices = FactorNotices(mail: mail, issuer: issuer, compose: given.composeFactorNotice)
        passkeys = Passkeys(database: database, audit: audit, notices: notices, logins: logins)
        passkeyRegistration = PasskeyRegistration(
            database: database, random: given.random, relyingParty: relyingParty, audit: audit,
            notices: notices, logins: logins)
        passkeySignIn = PasskeySignIn(
            database: database, random: given.random, relyingParty: relyingParty, sessions: sessions, grants: grants,
            audit: audit, refusals: metrics.passkey)
        invitations = Invitations(
            database: database, random: given.random, issuer: issuer, mail: mail, audit: audit, logins: logins,
            compose: given.composeInvitation)
        invitationAcceptance = InvitationAcceptance(
            database: database, organizations: organizations, audit: audit, logins: logins)
        recordedAnswers = RecordedAnswers(database: database, random: given.random, keys: keys)
        stepUps = StepUps(database: database, keys: keys, audit: audit, refusals: metrics.stepUp)
        authenticatorApps = AuthenticatorApps(
            database: database, random: given.random, keys: keys, issuer: issuer, audit: audit, stepUps: stepUps,
            notices: notices, logins: logins)
        passkeyStepUp = PasskeyStepUp(
            database: database, random: given.random, signIn: passkeySignIn, stepUps: stepUps)
        apiTokens = APITokens(
            database: database, random: given.random, keys: keys, audit: audit, resourceServers: resourceServers,
            logins: logins, plans: given.plans, uses: APITokenUses())
        webhooks = Webhooks(
            database: database, random: given.random, keys: keys, audit: audit, logins: logins,
            allowsLoopback: given.webhooksMayLoop)
        webhookQueue = WebhookQueue(
            database: database, random: given.random, keys: keys, issuer: issuer, audit: audit, mail: mail,
            logger: given.logger, counters: metrics.webhooks, compose: given.composeWebhook)
        tokenExchange = TokenExchange(
            issuer: issuer, apiTokens: apiTokens, accessTokens: accessTokens, resourceServers: resourceServers)
        revocationFeed = RevocationFeed(database: database, accessTokens: accessTokens)
        sweep = Sweep(database: database)
        setup = Setup(
            database: database, random: given.random, users: users, organizations: organizations, sessions: sessions,
            audit: audit)
    }
}
