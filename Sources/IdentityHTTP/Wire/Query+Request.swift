import Hummingbird

extension Call {
    /// A parameter of the query that may be given once. Whoever gives it twice may mean either, so neither is guessed.
    func only(_ name: String) throws -> String? {
        let values = request.uri.queryParameters.getAll(name)
        guard values.count <= 1 else { throw Refusal.invalidRequest("The parameter \(name) is given more than once.") }
        return values.first.map { String($0) }
    }

    func number(_ name: String) throws -> Int64? {
        guard let text = try only(name) else { return nil }
        guard text.utf8.count <= 18, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int64(text)
        else { throw Refusal.invalidRequest("The parameter \(name) must be a whole number of at most 18 digits.") }
        return number
    }
}
