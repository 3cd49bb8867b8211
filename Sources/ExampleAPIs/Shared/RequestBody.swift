import Foundation
import Hummingbird
import LatchkeyHummingbird
import NIOCore

extension Request {
    /// How many bytes a body may have.
    static var maximumBody: Int { 64 * 1024 }

    /// The body of the request, parsed once, here.
    ///
    /// - Throws: 400 `invalid_request` that names the field and says what would be right; 413 for more than 64 KiB.
    func body<Body: Decodable>(as type: Body.Type) async throws -> Body {
        let bytes = try await body.collect(upTo: Self.maximumBody)
        do {
            return try JSONDecoder().decode(type, from: Data(bytes.readableBytesView))
        } catch let error as DecodingError {
            throw APIRefusal.invalidRequest(error.sentence)
        }
    }
}

extension DecodingError {
    /// What is wrong, and where.
    fileprivate var sentence: String {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.codingPath.isEmpty
                ? "The body must be a JSON object." : "\(context.codingPath.fieldName) must be a JSON object."
        case .keyNotFound(let key, let context): "\((context.codingPath + [key]).fieldName) is missing."
        default: "The body is not the JSON that is expected here."
        }
    }
}

extension [any CodingKey] {
    /// `line_items[0].quantity`
    var fieldName: String {
        reduce(into: "") { name, key in
            if let index = key.intValue {
                name += "[\(index)]"
            } else {
                name += (name.isEmpty ? "" : ".") + key.stringValue.prefix(100)
            }
        }
    }
}
