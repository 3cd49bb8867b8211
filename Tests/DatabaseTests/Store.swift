import Database

/// The type under test, by a name that tells it from the module and from GRDB's.
typealias Store = Database
