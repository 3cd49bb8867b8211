import Database
package import JOSE
import Synchronization

/// What resource servers that verify offline are told: which tokens that are not yet expired are no longer good.
///
/// A document is a JWT signed like access tokens, of a `typ` of its own, so that whatever stands between cannot change
/// it. Its `revoked` names what ended (``Revocation``), with the time; its `cursor` is where the next call goes on.
package final class RevocationFeed: Sendable {
    let database: Database
    let accessTokens: AccessTokens

    private struct State {
        var log = RevocationLog()
        /// When the database was last looked into; nil: never.
        var readAt: Instant?
        /// Documents of the present moment, by the cursor they follow: many followers ask for the same one.
        var documents: [String: Document] = [:]
    }

    private let state = Mutex(State())

    /// The `typ` of a document.
    package static let type = "revocations+jwt"
    /// The database is looked into at most so often, whoever asks. So much later other nodes tell of a revocation.
    package static let readInterval = Duration.milliseconds(250)
    /// How old a document may be that is given out again, by its `iat`.
    static let documentLifetime = Duration.seconds(5)
    private static let maximumDocuments = 64

    package struct Document: Sendable {
        /// The compact JWT.
        package let text: String
        package let cursor: RevocationCursor
        /// It tells of nothing that its follower did not know.
        package let isEmpty: Bool
        let signedAt: Instant
    }

    init(database: Database, accessTokens: AccessTokens) {
        self.database = database
        self.accessTokens = accessTokens
    }

    /// The document for a follower that has read so far.
    ///
    /// - Parameter cursor: nil: it has read nothing.
    package func document(after cursor: RevocationCursor?, at now: Instant) async throws -> Document {
        try await read(at: now)
        return try state.withLock { state in
            let page = state.log.page(after: cursor)
            let name = cursor?.description ?? ""
            if let known = state.documents[name], known.cursor == page.cursor, known.isEmpty == page.entries.isEmpty,
                now - known.signedAt < Self.documentLifetime, now >= known.signedAt
            {
                return known
            }
            let document = Document(
                text: try accessTokens.sign(page, since: name, at: now), cursor: page.cursor,
                isEmpty: page.entries.isEmpty, signedAt: now)
            if state.documents.count >= Self.maximumDocuments { state.documents = [:] }
            state.documents[name] = document
            return document
        }
    }

    /// Looks into the database, unless that was done just now.
    private func read(at now: Instant) async throws {
        let readAt = state.withLock(\.readAt)
        if let readAt, now - readAt < Self.readInterval, now >= readAt { return }
        let start = min(readAt ?? now - RevocationLog.retention, now) - RevocationLog.overlap
        let read = try await database.read { try Revocation.all(after: start, in: $0) }
        state.withLock { state in
            // Of two that read at once the later start would leave a gap: only what joins on is taken.
            guard state.readAt == readAt else { return }
            state.log.replace(after: start, with: read, at: now)
            state.readAt = now
        }
    }
}

extension AccessTokens {
    /// Signs a part of the log.
    fileprivate func sign(_ page: RevocationLog.Page, since: String, at now: Instant) throws -> String {
        var json = JSONWriter()
        json.beginObject()
        json.member("iss", issuer)
        json.member("iat", now.seconds)
        // Of which question this is the answer: another's, however genuine, would leave out what came between.
        json.member("since", since)
        json.member("cursor", page.cursor.description)
        json.member("more", page.hasMore)
        // For so long a follower must remember what it is told.
        json.member("retention", RevocationLog.retention.components.seconds)
        json.beginObject("revoked")
        // One that ended twice, such as a user disabled again, is told once, with the later time.
        let latest = Dictionary(page.entries.map { ($0.name, $0.at) }, uniquingKeysWith: max)
        for entry in page.entries where latest[entry.name] == entry.at { json.member(entry.name, entry.at.seconds) }
        json.endObject()
        json.endObject()
        return try sign(json, type: RevocationFeed.type)
    }
}
