package import JOSE

/// Why a webhook is not made, shown, changed or sent to.
package enum WebhookRefusal: Error, Hashable, Sendable {
    /// There is none, or it is another organization's: on the wire these are the same.
    case unknown
    /// A member, but not of a role that may do this.
    case notAllowed(OrganizationAction)
    case url(WebhookURL.Refusal)
    case eventUnknown(String)
    case noEvents
    case tooMany
    /// A second factor of the last minutes is needed.
    case stepUpRequired
    case overlapTooLong
    /// Two secrets sign already.
    case overlapRunning(until: Instant)
    /// It is switched off, so nothing is sent to it.
    case disabled
    /// The delivery is still to be tried.
    case stillWaiting
}
