import Database
package import JOSE

/// Tells people about API tokens by mail: that some end soon, that nobody uses some, that who made some has left.
///
/// Who is told: owners and admins of the organization, and who made a token while they are a member. A notice is noted in
/// the transaction in which its mail is queued, by a row that can be written once: so any number of nodes tell it once.
package struct APITokenNotices: Sendable {
    let database: Database
    let mail: MailQueue
    let issuer: String
    let plans: PlanCatalog
    /// Writes the letter.
    let compose: @Sendable (APITokenLetter) throws -> MailMessage

    /// Tokens told of in one transaction, so that writing letters never holds the writer for long.
    static let batch = 25
    /// Tokens looked at in one read.
    static let page: Int64 = 200

    /// Queues all mail that is due. Answers how many messages that are.
    package func send(at now: Instant) async throws -> Int {
        var queued = 0
        for (organization, tokens) in try await due(at: now).sorted(by: { $0.key < $1.key }) {
            for start in stride(from: 0, to: tokens.count, by: Self.batch) {
                let batch = Array(tokens[start...].prefix(Self.batch))
                queued += try await database.write { try tell(batch, of: organization, in: $0, at: now) }
            }
        }
        return queued
    }

    private func tell(
        _ tokens: [APIToken.ID], of id: Organization.ID, in transaction: Transaction, at now: Instant
    ) throws -> Int {
        guard let organization = try Organization.find(id, in: transaction) else { return 0 }
        var (expiring, unused): (News, News) = (.init(.expiring), .init(.unused))
        for token in try tokens.compactMap({ try APIToken.find($0, of: id, in: transaction) }) {
            let lastUse = try token.lastUse(in: transaction)
            guard let notice = token.notice(lastUse: lastUse, on: plans[organization.plan], at: now),
                try notice.claim(token.id, in: transaction, at: now)
            else { continue }
            let item = (maker: token.createdBy, line: APITokenLetter.Line(token, lastUse: lastUse))
            if notice == .unused { unused.items.append(item) } else { expiring.items.append(item) }
        }
        return try [expiring, unused].reduce(0) { count, news in
            try count + queue(news, of: organization, in: transaction, at: now)
        }
    }

    /// Tells owners and admins, in the transaction in which a membership ends, which tokens of the leaver work on.
    func makerGone(
        _ member: Member, wasRemoved: Bool, from organization: Organization, in transaction: Transaction,
        at now: Instant
    ) throws {
        let tokens = try transaction.rows(
            """
            SELECT \(APIToken.columns) FROM api_tokens t
            WHERE t.organization_id = ? AND t.created_by = ? AND t.revoked_at IS NULL ORDER BY t.id DESC
            """, .id(organization.id), .id(member.user)
        ).map(APIToken.init).filter { $0.refusalOfUse(on: plans[organization.plan], at: now) == nil }
        var news = News(.makerGone(name: member.name, email: member.email, wasRemoved: wasRemoved))
        news.items = try tokens.map { (member.user, .init($0, lastUse: try $0.lastUse(in: transaction))) }
        _ = try queue(news, of: organization, in: transaction, at: now)
    }
}

/// Tokens to tell of, for one reason.
private struct News {
    let occasion: APITokenLetter.Occasion
    var items: [(maker: User.ID, line: APITokenLetter.Line)] = []

    init(_ occasion: APITokenLetter.Occasion) {
        self.occasion = occasion
    }
}

extension APITokenNotices {
    private func queue(
        _ news: News, of organization: Organization, in transaction: Transaction, at now: Instant
    ) throws -> Int {
        guard !news.items.isEmpty else { return 0 }
        var count = 0
        let admins = try Member.admins(of: organization.id, in: transaction)
        var common: MailMessage?
        for admin in admins {
            let message = try common ?? letter(news, organization, to: admin.email, about: news.items.map(\.line))
            common = message
            try mail.enqueue(message.addressed(to: admin.email), suppressed: false, in: transaction, at: now)
            count += 1
        }
        for maker in Set(news.items.map(\.maker)).subtracting(admins.map(\.user)).sorted() {
            guard let email = try address(of: maker, in: organization.id, transaction) else { continue }
            let own = news.items.filter { $0.maker == maker }.map(\.line)
            let message = try letter(news, organization, to: email, about: own)
            try mail.enqueue(message, suppressed: false, in: transaction, at: now)
            count += 1
        }
        return count
    }

    private func letter(
        _ news: News, _ organization: Organization, to recipient: EmailAddress, about lines: [APITokenLetter.Line]
    ) throws -> MailMessage {
        try compose(
            APITokenLetter(
                recipient: recipient, occasion: news.occasion, organization: organization.name,
                tokens: Array(lines.prefix(APITokenLetter.maximumLines)),
                more: max(0, lines.count - APITokenLetter.maximumLines),
                link: "\(issuer)/organization?id=\(organization.id)#api-tokens"))
    }

    /// Nil for who is no member, or may not sign in.
    private func address(
        of user: User.ID, in organization: Organization.ID, _ transaction: Transaction
    ) throws -> EmailAddress? {
        guard let user = try User.find(user, in: transaction), user.disabledAt == nil,
            try Membership.find(user.id, in: organization, transaction) != nil
        else { return nil }
        return user.email
    }
}
