import HTTPTypes
import Hummingbird
package import Identity
package import JOSE
import LatchkeyVerifier

// IdentityHTTP is the edge: endpoints and pages, a folder a feature. It turns a request into typed values, calls one
// operation of Identity, and turns what that answers into bytes. It knows no SQL and not which engine is in use.

/// All routes over one ``IdentityProvider``.
package struct IdentityEndpoints: Sendable {
    /// Rows of modules from the top, true is dark; nil for a text that does not fit.
    package typealias QRCodeDrawing = @Sendable (String) -> [[Bool]]?

    /// How the server is reached and what is switched on.
    package struct Settings: Sendable {
        package var issuer: String
        /// Development mode: its mailbox, shown at `/dev/mailbox`.
        package var mailbox: DevelopmentMailbox?
        /// Off only for load tests in development mode.
        package var limitsRates: Bool
        /// Where requests are counted, and who may read the numbers.
        package var metrics = MetricsSettings()
        /// Told when the server is about to stop.
        package var drain = Drain()
        /// Whose word about their callers' addresses is believed.
        package var trustedProxies: TrustedProxies
        /// Whether mail leaves, or is shown: otherwise nobody can sign in by it.
        package var sendsMail = true
        /// Draws QR codes, for authenticator apps; without it the page shows the key alone.
        package var drawQRCode: QRCodeDrawing = { _ in nil }
        /// Called when mail was queued, so that it leaves at once.
        package var mailIsWaiting: @Sendable () -> Void

        package init(
            issuer: String, mailbox: DevelopmentMailbox? = nil, limitsRates: Bool = true,
            trustedProxies: TrustedProxies = .none, mailIsWaiting: @escaping @Sendable () -> Void = {}
        ) {
            self.issuer = issuer
            self.mailbox = mailbox
            self.limitsRates = limitsRates
            self.trustedProxies = trustedProxies
            self.mailIsWaiting = mailIsWaiting
        }

        var isSecure: Bool { issuer.hasPrefix("https://") }
    }

    let routes: [Route]
    private let edge: Edge
    private let metrics: EdgeMetrics

    /// - Parameter clock: asked once a request; everything about the request is judged by its answer.
    package init(
        _ provider: IdentityProvider, _ settings: Settings, random: RandomSource = .system,
        clock: @escaping @Sendable () -> Instant = { .now }
    ) throws {
        metrics = EdgeMetrics(settings.metrics.factory)
        let limits = RateLimits(isOn: settings.limitsRates, hits: metrics.limitHits)
        let pages = PageRenderer(
            templates: try Templates(), isDevelopment: settings.mailbox != nil, random: random)
        edge = Edge(
            requestIDs: RequestIDs(random: random), limits: limits, pages: pages,
            trustedProxies: settings.trustedProxies,
            isSecure: settings.isSecure, clock: clock, drain: settings.drain)
        let features = Self.features(provider, settings, limits, metrics, pages, random)
        let revocations = RevocationFeedEndpoint(feed: provider.revocationFeed, clock: clock, drain: settings.drain)
        routes = (features + [revocations]).flatMap(\.routes)
    }

    private static func features(
        _ provider: IdentityProvider, _ settings: Settings, _ limits: RateLimits, _ metrics: EdgeMetrics,
        _ pages: PageRenderer, _ random: RandomSource
    ) -> [any Feature] {
        let repetition = Repetition(answers: provider.recordedAnswers)
        let bearer = BearerAuthentication(
            issuer: provider.issuer,
            verifier: OwnTokenVerifier(issuer: provider.issuer, ring: provider.signingKeys), grants: provider.grants,
            apiTokens: provider.apiTokens, limits: limits, refusals: metrics.bearer,
            repetition: repetition)
        let browsers = Browsers(
            sessions: provider.sessions, formTokens: provider.keys.formTokens, random: random,
            isSecure: settings.isSecure)
        let passkeyOrigin = provider.passkeySignIn.relyingParty?.origin
        let login = LoginPages(
            browsers: browsers, pages: pages, magicLinks: provider.magicLinks, signIn: provider.magicLinkSignIn,
            sessions: provider.sessions, passkeyOrigin: passkeyOrigin, limits: limits,
            mailIsWaiting: settings.mailIsWaiting)
        let account = AccountPages(
            browsers: browsers, pages: pages, users: provider.users, sessions: provider.sessions,
            grants: provider.grants, passkeys: provider.passkeys, apps: provider.authenticatorApps)
        let gate = StepUpGate(
            pages: pages, stepUps: provider.stepUps, passkeys: provider.passkeyStepUp, issuer: provider.issuer)
        let refresh = RefreshTokenGrant(refreshTokens: provider.refreshTokens, clients: provider.clients)
        var features: [any Feature] = [
            MetadataEndpoints(
                issuer: provider.issuer, ring: provider.signingKeys, resourceServers: provider.resourceServers),
            DeviceAuthorizationEndpoint(
                deviceFlow: provider.deviceFlow, clients: provider.clients, issuer: provider.issuer),
            TokenEndpoint(
                clients: provider.clients, grants: [DeviceCodeGrant(deviceFlow: provider.deviceFlow), refresh],
                exchange: TokenExchangeGrant(
                    exchange: provider.tokenExchange, clients: provider.clients, hits: metrics.limitHits)),
            refresh,
            MagicLinkAPI(
                magicLinks: provider.magicLinks, signIn: provider.magicLinkSignIn, clients: provider.clients,
                limits: limits, mailIsWaiting: settings.mailIsWaiting),
            ProfileAPI(
                bearer: bearer, users: provider.users, organizations: provider.organizations,
                organizationSwitch: provider.organizationSwitch, grants: provider.grants),
            OrganizationsAPI(bearer: bearer, organizations: provider.organizations, members: provider.members),
            InvitationsAPI(
                bearer: bearer, invitations: provider.invitations, acceptance: provider.invitationAcceptance,
                limits: limits, mailIsWaiting: settings.mailIsWaiting),
            APITokensAPI(bearer: bearer, gate: gate, tokens: provider.apiTokens),
            AuditAPI(bearer: bearer, log: provider.auditLog),
            WebhooksAPI(bearer: bearer, gate: gate, webhooks: provider.webhooks),
            TokenInformationAPI(bearer: bearer, resourceServers: provider.resourceServers),
            LogoutAPI(bearer: bearer, grants: provider.grants),
            StepUpAPI(bearer: bearer, gate: gate, stepUps: provider.stepUps),
            AuthenticatorAppAPI(bearer: bearer, gate: gate, apps: provider.authenticatorApps),
            RevocationEndpoint(
                clients: provider.clients, grants: provider.grants, refreshTokens: provider.refreshTokens,
                bearer: bearer),
            IntrospectionEndpoint(
                issuer: provider.issuer, clients: provider.clients, refreshTokens: provider.refreshTokens,
                grants: provider.grants, bearer: bearer),
            HomePage(
                browsers: browsers, pages: pages, organizations: provider.organizations, passkeys: provider.passkeys,
                offersPasskeys: passkeyOrigin != nil, issuer: provider.issuer),
            login,
            MagicLinkPages(
                browsers: browsers, pages: pages, magicLinks: provider.magicLinks, signIn: provider.magicLinkSignIn,
                passkeys: provider.passkeys, offersPasskeys: passkeyOrigin != nil),
            PasskeysAPI(
                bearer: bearer, gate: gate, registration: provider.passkeyRegistration, passkeys: provider.passkeys),
            PasskeySignInAPI(signIn: provider.passkeySignIn, clients: provider.clients),
            PasskeyLoginPages(browsers: browsers, signIn: provider.passkeySignIn, login: login),
            PasskeyPages(
                browsers: browsers, pages: pages, registration: provider.passkeyRegistration,
                passkeys: provider.passkeys, account: account, gate: gate),
            SetupPages(
                browsers: browsers, pages: pages, setup: provider.setup, issuer: provider.issuer,
                sendsMail: settings.sendsMail),
            DevicePages(browsers: browsers, pages: pages, decisions: provider.deviceDecisions, gate: gate),
            account,
            StepUpPages(
                browsers: browsers, pages: pages, gate: gate, grants: provider.grants),
            AuthenticatorAppPages(
                browsers: browsers, pages: pages, gate: gate, apps: provider.authenticatorApps,
                drawQRCode: settings.drawQRCode),
            OrganizationPages(
                browsers: browsers, pages: pages, organizations: provider.organizations, members: provider.members,
                invitations: provider.invitations, acceptance: provider.invitationAcceptance,
                sections: OrganizationSections(
                    tokens: provider.apiTokens, webhooks: provider.webhooks, auditLog: provider.auditLog,
                    resourceServers: provider.resourceServers), limits: limits, sendsMail: settings.sendsMail,
                mailIsWaiting: settings.mailIsWaiting),
            APITokenPages(
                browsers: browsers, pages: pages, gate: gate, organizations: provider.organizations,
                tokens: provider.apiTokens, resourceServers: provider.resourceServers, repetition: repetition),
            WebhookPages(
                browsers: browsers, pages: pages, gate: gate, organizations: provider.organizations,
                webhooks: provider.webhooks, repetition: repetition),
            InvitationPages(browsers: browsers, pages: pages, acceptance: provider.invitationAcceptance),
            DoctorEndpoint(keys: provider.keys, trustedProxies: settings.trustedProxies),
            Assets(), OpenAPIDocument(),
            HealthEndpoints(storage: provider.storage, drain: settings.drain, ring: provider.signingKeys),
            MetricsEndpoint(settings: settings.metrics),
        ]
        if let mailbox = settings.mailbox {
            features.append(MailboxPages(browsers: browsers, pages: pages, mailbox: mailbox, queue: provider.mail))
        }
        return features
    }

    /// The responder of a Hummingbird application.
    package func responder() -> RouteResponder {
        let router = Router(context: EdgeContext.self, options: .autoGenerateHeadEndpoints)
        let watched = routes.map { WatchedRoute($0, edge: edge, RequestWatch(metrics.route($0), metrics.inFlight)) }
        for route in watched {
            router.on(RouterPath(route.route.path), method: route.route.method) { request, context in
                await route.answer(request, context)
            }
        }
        router.add(
            middleware: UnknownRoutes(
                edge: edge, routes: routes, watch: RequestWatch(metrics.unmatched, metrics.inFlight)))
        return RouteResponder(watched, others: router.buildResponder())
    }
}
