/// Why the server does not start: the database holds signing keys that the master key at hand does not open.
package struct UnreadableSigningKey: Error, Hashable, CustomStringConvertible {
    package let keyID: String

    package var description: String {
        """
        The signing key \(keyID) in the database cannot be opened with this master key. Either the master key is not \
        the one this database was made with, or one of the two is damaged. Latchkey never replaces a key silently: \
        every token signed with it would become invalid.
        """
    }

    /// What whoever runs the server can do.
    package static let remedy = """
        Put the right master key back, or restore database and master key from the same backup. If the master key was \
        changed, put the one before beside it: see "The master key" in docs/operations.md.
        """
}
