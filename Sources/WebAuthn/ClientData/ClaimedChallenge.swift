import JOSE

// The challenge that an answer names, not verified: good for finding what was asked, and for nothing else. `verify` holds
// the answer against what was found.

extension RegistrationResponse {
    /// Nil when the client data cannot be read.
    package var challenge: [UInt8]? { CollectedClientData.claimedChallenge(in: clientDataJSON) }
}

extension AuthenticationResponse {
    /// Nil when the client data cannot be read.
    package var challenge: [UInt8]? { CollectedClientData.claimedChallenge(in: clientDataJSON) }
}

extension CollectedClientData {
    fileprivate static func claimedChallenge(in bytes: [UInt8]) -> [UInt8]? {
        CollectedClientData(parsing: bytes).flatMap { Base64URL.decode($0.challenge) }
    }
}
