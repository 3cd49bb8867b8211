/// Secrets are for their owner alone, and nobody else can put other files in their place.
struct FilesCheck: Check {
    let name = "files"

    func examine(_ deployment: Deployment) async -> [Finding] {
        let settings = deployment.configuration
        var findings: [Finding?] = []
        if settings.masterKey == nil {
            findings.append(directory(settings.keysDirectory))
            findings.append(secret(MasterKeyFile(directory: settings.keysDirectory).path))
        }
        if settings.databaseURL == nil {
            findings.append(directory(settings.dataDirectory))
            findings.append(secret(settings.dataDirectory + "/latchkey.db"))
        }
        if let key = settings.edge.tls?.key { findings.append(secret(key)) }
        for file in [deployment.configurationFile, settings.operation.plansFile] {
            if let file { findings.append(unchangeable(file)) }
        }
        let faults = findings.compactMap(\.self)
        return faults.isEmpty ? [.ok("Secrets are readable by their owner alone.")] : faults
    }

    /// What is missing is the business of those who need it.
    private func secret(_ path: String) -> Finding? {
        guard let mode = FileMode(path), !mode.isForOwnerAlone else { return nil }
        return .fault("\(path) can be read by others: its mode is \(mode.description).", fix: "Run: chmod 600 \(path)")
    }

    private func directory(_ path: String) -> Finding? {
        guard let mode = FileMode(path) else { return nil }
        if mode.othersMayChange {
            return .fault(
                "Others can change what is in \(path): its mode is \(mode.description).", fix: "Run: chmod 700 \(path)")
        }
        return mode.isForOwnerAlone
            ? nil
            : .warn("Others can look into \(path): its mode is \(mode.description).", fix: "Run: chmod 700 \(path)")
    }

    private func unchangeable(_ path: String) -> Finding? {
        guard let mode = FileMode(path), mode.othersMayChange else { return nil }
        return .fault("Others can change \(path): its mode is \(mode.description).", fix: "Run: chmod go-w \(path)")
    }
}
