import JOSE

extension Refusal {
    /// What is wrong with a body that was to be JSON, for whoever wrote the program that sent it. Positions are told as
    /// the parser counts them: the first byte is byte 0.
    init(_ error: JSONError, of body: [UInt8]) {
        let sentence = error.sentence(of: body, subject: "the body") { "byte \($0)" }
        self = .invalidRequest(sentence.prefix(1).uppercased() + sentence.dropFirst())
    }
}
