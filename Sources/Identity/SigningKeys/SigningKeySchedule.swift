/// The times in the life of a signing key. All follow from one: how long a key signs.
///
/// A key is published before it signs, for so long that no verifier can still rely on a key set without it. So each of
/// the other times is short enough to fit into a fifth of the lifetime, and never longer than needed.
package struct SigningKeySchedule: Hashable, Sendable {
    /// How long a key signs.
    package let lifetime: Duration

    /// 90 days.
    package static let standard = SigningKeySchedule(checked: .seconds(90 * 86_400))

    /// What may be asked for. Below `shortestInService` verifiers that keep keys for a minute, and a key set that
    /// holds every key of the last four hours, stop being sensible: that is for trying it out.
    package static let shortest = Duration.seconds(5)
    package static let shortestInService = Duration.seconds(3_600)
    package static let longest = Duration.seconds(730 * 86_400)

    /// Nil when it is shorter than five seconds or longer than two years.
    package init?(lifetime: Duration) {
        guard (Self.shortest...Self.longest).contains(lifetime) else { return nil }
        self.init(checked: lifetime)
    }

    private init(checked lifetime: Duration) {
        self.lifetime = lifetime
    }

    private func atMost(_ limit: Duration) -> Duration { min(limit, lifetime / 5) }

    /// How long verifiers are told to keep the key set: five minutes at most. Whole seconds, as in `max-age`.
    package var keySetLifetime: Duration { .seconds(atMost(.seconds(300)).components.seconds) }

    /// Within this time of a change every node that reaches its database publishes the new set and signs with the new
    /// key: five seconds at most. What a node serves when it could not look for longer is to be kept less long.
    package var reloadBound: Duration { atMost(.seconds(5)) }

    /// How often a node looks, so that a late look or two are still in time.
    package var reloadInterval: Duration { reloadBound / 5 }

    /// How far the clocks of two nodes may be apart: a minute at most.
    package var clockTolerance: Duration { atMost(.seconds(60)) }

    /// For how long a key must have been published before it may sign.
    package var publication: Duration { keySetLifetime + reloadBound + clockTolerance }

    /// How long before the end of a key its successor is published: a day where there is time for it, for there are
    /// verifiers that keep keys longer than they are told.
    package var lead: Duration { max(publication, min(.seconds(86_400), lifetime / 10)) }

    /// How long a retired key stays published: until the last token it signed has expired everywhere. The five minutes
    /// more are the clock tolerance of verifiers, that of nodes, and the moment until each node has heard.
    package static let retention = AccessTokens.lifetime + .seconds(300)

    /// How many keys may be published at once, so that a key set never outgrows what verifiers read.
    package static let maximumPublished = 50
}
