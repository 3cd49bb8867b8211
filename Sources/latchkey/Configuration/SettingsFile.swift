import Configuration
import JOSE

/// A configuration file: one strict JSON object whose members are settings. Unlike swift-configuration's own JSON
/// snapshot it refuses what it does not know, a member given twice, and a number where text is due.
struct SettingsFile: FileConfigSnapshot {
    struct ParsingOptions: FileParsingOptions {
        /// The path to name in a refusal.
        var path = "the configuration file"

        static let `default` = ParsingOptions()
    }

    let providerName: String
    private var values: [String: String] = [:]

    init(data: RawSpan, providerName: String, parsingOptions: ParsingOptions) throws {
        self.providerName = providerName
        let path = parsingOptions.path
        let members = try Self.members(of: data.withUnsafeBytes { Array($0) }, path: path)
        for (name, value) in members {
            guard let setting = Setting.named(name) else {
                let nearest = Setting.all.filter { !$0.isSecret }.map(\.name).nearest(to: name) ?? ""
                throw ConfigurationRefusal.unknownSetting(name, place: path, nearest: nearest)
            }
            guard !setting.isSecret else {
                throw ConfigurationRefusal.secretInFile(name, path: path, instead: setting.environmentName)
            }
            values[name] = try Self.text(value, for: setting, path: path)
        }
    }

    func value(forKey key: AbsoluteConfigKey, type: ConfigType) throws -> LookupResult {
        let name = key.components.joined(separator: ".")
        return LookupResult(
            encodedKey: name, value: values[name].map { ConfigValue(.string($0), isSecret: false) })
    }

    var description: String { "\(providerName)[\(values.count) settings]" }
    var debugDescription: String { description }

    private static func members(of bytes: [UInt8], path: String) throws -> [(name: String, value: JSONValue)] {
        let json: JSONValue
        do {
            json = try JSONValue.parse(bytes, maximumDepth: 5)
        } catch {
            throw ConfigurationRefusal.unreadableFile(path: path, reason: "it is not strict JSON (\(error)).")
        }
        guard case .object(let object) = json else {
            throw ConfigurationRefusal.unreadableFile(path: path, reason: "it must hold one JSON object.")
        }
        return object.members.map { ($0.name, $0.value) }
    }

    private static func text(_ value: JSONValue, for setting: Setting, path: String) throws -> String {
        switch (setting.kind, value) {
        case (.text, .string(let text)): return text
        case (.number, .integer(let number)): return String(number)
        case (.truth, .bool(let truth)): return String(truth)
        case (.list, .array): return String(decoding: value.serialized(), as: UTF8.self)
        default:
            let written = String(decoding: value.serialized(), as: UTF8.self)
            throw ConfigurationRefusal.invalidValue(
                written, origin: "\(setting.name) in \(path)",
                expected: "\(setting.values) (JSON: \(setting.kind.rawValue))")
        }
    }
}
