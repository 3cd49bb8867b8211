import Foundation
import GRDB
import LatchkeyHummingbird

/// What was written, by which token, upon which request: in the same transaction, so that there is no write without its
/// line and no line without its write.
///
/// What becomes of tokens themselves (`API_TOKEN_ISSUED` and the rest) is in the audit of the issuer.
struct Audit {
    enum Action: String {
        case contactCreated = "CONTACT_CREATED"
        case contactUpdated = "CONTACT_UPDATED"
        case taskCreated = "TASK_CREATED"
        case taskStatusUpdated = "TASK_STATUS_UPDATED"
        case reminderCreated = "REMINDER_CREATED"
    }

    private let rows: Rows
    private let subject: String
    private let clientID: String
    private let requestID: String

    init(_ rows: Rows, _ context: APIContext) {
        self.rows = rows
        subject = context.token.subject
        clientID = context.token.clientID
        requestID = context.requestID ?? ""
    }

    func write(_ action: Action, on target: String, at now: Date) throws {
        try rows.database.execute(
            sql: """
                INSERT INTO audit (workspace, action, target, subject, client_id, request_id, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [rows.workspace, action.rawValue, target, subject, clientID, requestID, now])
    }
}
