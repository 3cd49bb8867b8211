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
                let nearest = Setting.all.filter { !$0.isSecret }.map(\.name).nearest(to: name, within: 2)
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
            throw ConfigurationRefusal.unreadableFile(
                path: path, reason: error.sentence(of: bytes, subject: "it") { bytes.lineAndColumn(of: $0) })
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
            let written = value.string ?? String(decoding: value.serialized(), as: UTF8.self)
            throw ConfigurationRefusal.invalidValue(
                setting.mayHoldSecret ? nil : written, origin: "\(setting.name) in \(path)",
                expected: "\(setting.values)\(advice(value, for: setting))")
        }
    }

    /// How to write a value that is right but for its quotes; else what JSON must hold.
    private static func advice(_ value: JSONValue, for setting: Setting) -> String {
        switch (setting.kind, value) {
        case (.number, .string(let text)) where Int64(text) != nil: ": write \(text) without quotes"
        case (.truth, .string(let text)) where ["true", "false"].contains(text): ": write \(text) without quotes"
        case (.text, .integer), (.text, .bool): ": write it in quotes"
        default: " (JSON: \(setting.kind.rawValue))"
        }
    }
}
