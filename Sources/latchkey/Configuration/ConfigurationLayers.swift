import Configuration

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where settings come from, strongest first: flags, environment, file. (Defaults are in `ServerConfiguration`, since
/// some follow from other settings.) Each layer knows what its author calls a setting, so that a refusal can say it.
struct ConfigurationLayers {
    private struct Layer {
        let reader: ConfigReader
        let origin: @Sendable (Setting) -> String
        /// The setting with a value, as it is written there.
        let written: @Sendable (Setting, String) -> String
    }

    private let layers: [Layer]

    /// - Parameters:
    ///   - flags: setting name to value, as given on the command line.
    ///   - environment: the whole environment; only `LATCHKEY_*` is looked at.
    ///   - file: the path given with `--config`, which must exist.
    ///   - directory: where `latchkey.json` is read when it is there and `file` is nil.
    init(flags: [String: String], environment: [String: String], file: String?, directory: String) async throws {
        try Self.refuseUnknown(in: environment)
        var layers = [Self.flags(flags), Self.environment(environment)]
        if let path = file ?? Self.file(in: directory) {
            layers.append(try await Self.file(at: path))
        }
        self.layers = layers
    }

    /// The value of the strongest layer that has the setting, read by `parse`; nil when no layer has it.
    func value<Value>(_ setting: Setting, _ parse: (String) -> Value?) throws -> Value? {
        guard let (text, origin) = text(of: setting) else { return nil }
        guard let value = parse(text) else {
            throw ConfigurationRefusal.invalidValue(
                setting.isSecret || setting.mayHoldSecret ? nil : text, origin: origin, expected: setting.values)
        }
        return value
    }

    /// What the strongest layer says, and what its author calls the setting; nil when no layer has it.
    func text(of setting: Setting) -> (text: String, origin: String)? {
        let key = ConfigKey([setting.name])
        for layer in layers {
            guard let text = layer.reader.string(forKey: key, isSecret: setting.isSecret) else { continue }
            return (text, layer.origin(setting))
        }
        return nil
    }

    /// The setting and where it comes from, for a refusal that is about more than one: `--hostname 0.0.0.0`,
    /// `LATCHKEY_HOSTNAME=0.0.0.0`, `hostname 0.0.0.0 in latchkey.json`; `hostname 0.0.0.0` when nobody gave it.
    ///
    /// - Parameter value: what matters of its value; nil: that it is there.
    func told(_ setting: Setting, _ value: String? = nil) -> String {
        let layer = layers.first {
            $0.reader.string(forKey: ConfigKey([setting.name]), isSecret: setting.isSecret) != nil
        }
        guard let layer else { return value.map { "\(setting.name) \($0)" } ?? setting.name }
        return value.map { layer.written(setting, $0) } ?? layer.origin(setting)
    }

    private static func flags(_ flags: [String: String]) -> Layer {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (name, value) in flags {
            values[AbsoluteConfigKey([name])] = ConfigValue(.string(value), isSecret: false)
        }
        return Layer(
            reader: ConfigReader(provider: InMemoryProvider(name: "flags", values: values)),
            origin: { $0.flag ?? $0.name }, written: { "\($0.flag ?? $0.name) \($1)" })
    }

    private static func environment(_ environment: [String: String]) -> Layer {
        let secrets = Set(Setting.all.filter(\.isSecret).map(\.environmentName))
        let provider = EnvironmentVariablesProvider(
            environmentVariables: environment, secretsSpecifier: .specific(secrets))
        return Layer(
            reader: ConfigReader(provider: provider.prefixKeys(with: "latchkey")), origin: \.environmentName,
            written: { "\($0.environmentName)=\($1)" })
    }

    private static func file(at path: String) async throws -> Layer {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw ConfigurationRefusal.unreadableFile(path: path, reason: "it is missing or may not be read.")
        }
        let location = InMemoryProvider(values: ["filePath": ConfigValue(.string(path), isSecret: false)])
        do {
            let provider = try await FileProvider<SettingsFile>(
                parsingOptions: SettingsFile.ParsingOptions(path: path), config: ConfigReader(provider: location))
            return Layer(
                reader: ConfigReader(provider: provider), origin: { "\($0.name) in \(path)" },
                written: { "\($0.name) \($1) in \(path)" })
        } catch let refusal as ConfigurationRefusal {
            throw refusal
        } catch {
            throw ConfigurationRefusal.unreadableFile(path: path, reason: "it cannot be read as a file.")
        }
    }

    private static func file(in directory: String) -> String? {
        let path = directory + "/latchkey.json"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    /// `LATCHKEY_STRICT` belongs to the build (see Package.swift); `LATCHKEY_ISSUER` means the same to the server and
    /// to the commands that use it; `LATCHKEY_AUTHORITIES` is about those commands alone.
    private static func refuseUnknown(in environment: [String: String]) throws {
        let known = Setting.all.map(\.environmentName)
        let others: Set = ["LATCHKEY_STRICT", "LATCHKEY_AUTHORITIES"]
        for name in environment.keys.sorted() where name.hasPrefix("LATCHKEY_") {
            if known.contains(name) || others.contains(name) { continue }
            throw ConfigurationRefusal.unknownSetting(
                name, place: "the environment", nearest: known.nearest(to: name, within: 2))
        }
    }
}
