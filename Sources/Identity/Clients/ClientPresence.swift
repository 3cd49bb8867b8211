/// For which client a request with a token or code speaks.
package enum ClientPresence: Sendable {
    /// The client named itself, and proved it where it has a secret.
    case authenticated(Client)
    /// The request names none, as the JSON dialect allows: what it presents must belong to a public client.
    case unnamed

    /// What is wrong when the thing presented belongs to this client; nil when nothing is.
    func mismatch(with owner: Client) -> Mismatch? {
        switch self {
        case .authenticated(let client): client.id == owner.id ? nil : .otherClient
        case .unnamed: owner.isPublic ? nil : .proofNeeded
        }
    }

    enum Mismatch: Hashable, Sendable {
        /// It was issued to another client.
        case otherClient
        /// It belongs to a confidential client, which did not authenticate.
        case proofNeeded
    }
}
