import HTTPTypes
import Hummingbird
import JOSE

/// The body of a request in the JSON dialect: an object. Members nobody asks for are ignored; a member of the wrong
/// type is refused by name.
struct JSONBody: Sendable {
    private let members: JSONObject

    /// No body at all is an empty object: `POST /api/v1/auth/device` needs none.
    init(_ call: Call) throws {
        if let type = call.request.headers.mediaType, !call.body.isEmpty, type != "application/json" {
            throw Refusal(
                .unsupportedMediaType, "unsupported_media_type",
                "The body must be JSON. Send it with Content-Type: application/json.")
        }
        do {
            let value = call.body.isEmpty ? .object(JSONObject()) : try JSONValue.parse(call.body)
            guard case .object(let members) = value else {
                throw Refusal.invalidRequest("The body must be a JSON object.")
            }
            self.members = members
        } catch let error as JSONError {
            throw Refusal(error, of: call.body)
        }
    }

    /// All of it.
    var value: JSONValue { .object(members) }

    func optionalString(_ name: String) throws -> String? {
        switch members[name] {
        case nil, .null: return nil
        case .string(let text): return text
        default: throw Refusal.invalidRequest("The member \(name) must be a string.")
        }
    }

    func string(_ name: String) throws -> String {
        guard let text = try optionalString(name) else {
            throw Refusal.invalidRequest("The member \(name) is missing.")
        }
        return text
    }

    func optionalInteger(_ name: String) throws -> Int64? {
        switch members[name] {
        case nil, .null: return nil
        case .integer(let number): return number
        default: throw Refusal.invalidRequest("The member \(name) must be a whole number.")
        }
    }

    func optionalIntegers(_ name: String) throws -> [Int64]? {
        switch members[name] {
        case nil, .null: return nil
        case let value?:
            let numbers = value.array?.map(\.integer) ?? [nil]
            guard !numbers.contains(nil) else {
                throw Refusal.invalidRequest("The member \(name) must be a list of whole numbers.")
            }
            return numbers.compactMap(\.self)
        }
    }

    func optionalStrings(_ name: String) throws -> [String]? {
        switch members[name] {
        case nil, .null: return nil
        case let value?:
            guard let texts = value.strings else {
                throw Refusal.invalidRequest("The member \(name) must be a list of strings.")
            }
            return texts
        }
    }

    func optionalObject(_ name: String) throws -> JSONObject? {
        switch members[name] {
        case nil, .null: return nil
        case .object(let object): return object
        default: throw Refusal.invalidRequest("The member \(name) must be an object.")
        }
    }

    func optionalBool(_ name: String) throws -> Bool? {
        switch members[name] {
        case nil, .null: return nil
        case .bool(let flag): return flag
        default: throw Refusal.invalidRequest("The member \(name) must be true or false.")
        }
    }
}
