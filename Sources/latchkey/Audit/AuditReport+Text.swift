import Identity
import JOSE

extension AuditReport {
    /// For programs.
    var json: JSONObject {
        var json: JSONObject = [
            "intact": .bool(fault == nil), "events": .integer(events), "unsealed": .integer(unsealed),
            "hash": .string(hexadecimalHash),
        ]
        json["first_at"] = first.map { .string($0.iso8601) }
        json["last_at"] = last.map { .string($0.iso8601) }
        if let fault {
            json["fault"] = .object([
                "event": .integer(fault.event), "kind": .string(fault.kind.rawValue), "message": .string(fault.text),
            ])
        }
        return json
    }

    /// For people.
    func print() {
        let terminal = Terminal.standard
        terminal.line(fault.map { "BROKEN at event \($0.event): \($0.text)" } ?? "The audit is intact.")
        var rows = [(label: "events", text: fault == nil ? events.grouped : "\(events.grouped) fit, from the first")]
        if let first, let last { rows += [("from", first.readable), ("to", last.readable)] }
        rows.append(("hash", hexadecimalHash))
        if unsealed > 0 {
            rows.append(("unsealed", "\(unsealed.grouped); the server seals what is new within a second"))
        }
        terminal.table(rows)
        guard fault != nil else { return }
        terminal.complain(
            "latchkey: Someone or something other than Latchkey has written to the audit. Keep the database as it is, "
                + "and compare it with your latest backup.")
    }

    private var hexadecimalHash: String {
        hash.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}

extension AuditFault {
    /// What it means.
    var text: String {
        switch kind {
        case .changed: "it says something else than when it was sealed."
        case .removed: "it is gone."
        case .inserted: "it was put in later."
        case .moved: "another event stands in its place."
        case .truncated: "it and all newer ones are gone; the noted end of the chain lies further on."
        case .headMovedBack: "the noted end of the chain lies before it: the end was moved back, or events were added."
        case .headRemoved: "the noted end of the chain is gone, so that newer events may be missing."
        case .headChanged: "the noted end of the chain has another hash than the last event."
        }
    }
}
