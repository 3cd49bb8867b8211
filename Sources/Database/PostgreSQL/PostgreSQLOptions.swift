/// The limits of the PostgreSQL engine. They are not settings: tests shorten them, nothing else does. The one that
/// depends on the server, how many connections it may be asked for, is part of the location.
struct PostgreSQLOptions: Sendable {
    /// At most so many connections, each on a thread of its own.
    var connections = 24
    /// How many transactions may wait for a connection; more are refused as unavailable.
    var waiting = 4_096
    /// In so many lanes writes of one kind go together. One connection that is stuck stops one of them.
    var lanes = 2
    /// How many items go into one transaction at most…
    var together = 64
    /// … and how many may wait in one lane; more are refused as unavailable.
    var waitingInLane = 1_024
    /// How long a transaction may take from the call to its COMMIT, waiting and repeats included. The server ends a
    /// statement that runs as long.
    var patience = Duration.milliseconds(2_500)
    /// How much longer it is tried to find out whether a COMMIT that got no answer has happened. Together with the
    /// patience less than five seconds, for libpq counts the time of connecting in whole ones.
    var resolution = Duration.seconds(2)
    /// How long opening one connection may take, in whole seconds; a `connect_timeout` of the location comes first.
    var connectTimeout = 5
    /// How long after a failed attempt to connect the next one waits: the first time, then twice as long each time…
    var shortestPause = Duration.milliseconds(50)
    /// … up to this.
    var longestPause = Duration.seconds(1)
    /// How long a connection may idle before it is closed.
    var idle = Duration.seconds(60)
    /// How many statements are kept prepared on each connection; others are prepared at each use.
    var preparedStatements = 512
    /// How long opening the database may wait for another node that migrates it.
    var migration = Duration.seconds(600)
    /// Is told of each commit and conflict.
    var observer = DatabaseObserver()
}
