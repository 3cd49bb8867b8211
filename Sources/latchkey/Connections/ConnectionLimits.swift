import NIOCore

/// How many clients may be connected at once, and how long each may take for what it has to do.
struct ConnectionLimits: Sendable, Hashable {
    /// Past so many, one that waits is closed for each that comes.
    let connections: Int
    /// Past so many, which is more than the closing ones can be, none is accepted until one has gone.
    let accepted: Int
    /// For the head of a request, from the connection or from its first byte on.
    let head = TimeAmount.seconds(15)
    /// For the rest of a request. Longer than the edge's own limit, which comes with an answer.
    let body = TimeAmount.seconds(35)
    /// For an answer to be taken: all of it, or of a large one 32 KiB at least.
    let answer = TimeAmount.seconds(30)
    /// To read the last answer and hang up.
    let goodbye = TimeAmount.seconds(5)

    /// However many files may be open: each connection that waits takes some 10 KiB of memory.
    static let most = 16_384
    /// Kept for the database, mail and the like.
    private static let reserve = 256

    /// - Parameter openFiles: how many files this process may have open, connections among them.
    init(openFiles: Int) {
        let reserve = min(Self.reserve, openFiles / 2)
        connections = max(1, min(Self.most, openFiles - reserve))
        accepted = connections + reserve / 4
    }

    /// How long a connection may be in a phase; nil: for as long as it takes, or as the server's own idle timeout says.
    func time(in phase: Connection.Phase) -> TimeAmount? {
        switch phase {
        case .opened, .head: head
        case .body: body
        case .unsent: answer
        case .closing: goodbye
        case .idle, .answering: nil
        }
    }
}
