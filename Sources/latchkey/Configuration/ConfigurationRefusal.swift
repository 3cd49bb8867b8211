/// Why the server does not start with these settings. Each names the setting as its author wrote it.
enum ConfigurationRefusal: Error, Hashable {
    /// A name nobody knows. `place` is a file or "the environment"; `nearest` is nil when none is near.
    case unknownSetting(String, place: String, nearest: String?)
    /// A value that the setting named by `origin` cannot take; `value` is nil when it is a secret.
    case invalidValue(String?, origin: String, expected: String)
    /// A secret in a file that others may come to read.
    case secretInFile(String, path: String, instead: String)
    /// Two settings that cannot both be meant, each as `ConfigurationLayers.told` tells it.
    case contradiction(String, because: String)
    case unreadableFile(path: String, reason: String)

    var message: String {
        switch self {
        case .unknownSetting(let name, let place, let nearest):
            "Unknown setting \(name) in \(place).\(nearest.map { " Did you mean \($0)?" } ?? "")"
        case .invalidValue(let value?, let origin, let expected):
            "\(origin) is \"\(value)\" but must be \(expected)."
        case .invalidValue(nil, let origin, let expected):
            "\(origin) must be \(expected)."
        case .secretInFile(let name, let path, let instead):
            "\(name) is a secret and does not belong in \(path). Give it in the environment as \(instead)."
        case .contradiction(let settings, let reason):
            "\(settings) contradict each other: \(reason)"
        case .unreadableFile(let path, let reason):
            "Cannot use the configuration file \(path): \(reason)"
        }
    }
}
