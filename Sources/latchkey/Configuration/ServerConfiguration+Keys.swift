import Identity

extension ServerConfiguration {
    /// The keys of all purposes, from the environment or the key directory.
    ///
    /// - Parameter isNeeded: whether the database was used before, so that only its own master key will do.
    func purposeKeys(isNeeded: Bool) throws -> PurposeKeys {
        let present =
            try masterKey.flatMap { MasterKey($0) }
            ?? MasterKeyFile(directory: keysDirectory).load(isNeeded: isNeeded)
        let former = try formerMasterKey.flatMap { MasterKey($0) } ?? MasterKeyFile.former(in: keysDirectory).readKey()
        return PurposeKeys(master: present, former: former)
    }
}

extension CommandFailure {
    /// The master key does not belong to the database.
    init(_ unreadable: UnreadableSigningKey) {
        self.init(
            .refused, code: "signing_key_unreadable", unreadable.description, next: UnreadableSigningKey.remedy)
    }
}
