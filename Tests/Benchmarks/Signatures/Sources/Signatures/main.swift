import FoundationEssentials
import JOSE
import JWTKit
import LatchkeyVerifier

// Prints microseconds of one core for each operation, beside raw libcrypto in the same run. Rounds of all operations
// alternate and the median round counts, so that a busy moment of the machine falls on all of them.

let rounds = 15
let repetitions = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 2_000

struct Operation {
    let name: String
    let run: () async throws -> Void
    var microseconds: [Double] = []

    init(_ name: String, _ run: @escaping () async throws -> Void) {
        (self.name, self.run) = (name, run)
    }
}

func stop(_ reason: String) -> Never {
    fatalError(reason)
}

let now = Instant.now
let claims = Claims(at: now)
guard let libcrypto = LibCrypto() else { stop("libcrypto made no key") }
let key = try SigningKey.generate(.es256)
let verification = try VerificationKey(key.publicKey)
let token = try key.token(type: "at+jwt", claims: claims.json)
let signingInput = Array(token.utf8.prefix(token.utf8.count - 87))
let rawSignature = libcrypto.sign(signingInput)
let signature = try key.sign(signingInput)

let verifier = TokenVerifier(
    issuer: claims.iss, audience: claims.aud, algorithms: [.es256], keys: .fixed(JSONWebKeySet([key.publicKey])))
let collection = JWTKeyCollection()
await collection.add(ecdsa: ES256PrivateKey())
let foreign = try await collection.sign(claims)

guard libcrypto.isValid(rawSignature, for: signingInput), verification.isValid(signature, for: signingInput),
    try await verifier.verify(token, at: now).subject == claims.sub,
    try await collection.verify(foreign, as: Claims.self).sub == claims.sub
else { stop("what is to be measured does not work") }

// A verifier that has never seen the token: a new one each time would measure its making, so tokens differ instead.
var fresh: [String] = []
for _ in 0..<(rounds * repetitions / 4) {
    var claims = claims
    claims.jti = Base64URL.encode(RandomSource.system.bytes(16))
    fresh.append(try key.token(type: "at+jwt", claims: claims.json))
}

var operations = [
    Operation("libcrypto: hash and sign") { _ = libcrypto.sign(signingInput) },
    Operation("JOSE: signature of the same bytes") { _ = try key.sign(signingInput) },
    Operation("JOSE: whole token from its claims") { _ = try key.token(type: "at+jwt", claims: claims.json) },
    Operation("jwt-kit: whole token from its claims") { _ = try await collection.sign(claims) },
    Operation("libcrypto: hash and verify") { _ = libcrypto.isValid(rawSignature, for: signingInput) },
    Operation("JOSE: verification of the same bytes") { _ = verification.isValid(signature, for: signingInput) },
    Operation("LatchkeyVerifier: token not seen before") {
        if let token = fresh.popLast() { _ = try await verifier.verify(token, at: now) }
    },
    Operation("LatchkeyVerifier: token seen before") { _ = try await verifier.verify(token, at: now) },
    Operation("jwt-kit: token") { _ = try await collection.verify(foreign, as: Claims.self) },
]

for _ in 0..<rounds {
    for index in operations.indices {
        let count = operations[index].name.contains("not seen") ? repetitions / 4 : repetitions
        let began = ContinuousClock.now
        for _ in 0..<count { try await operations[index].run() }
        let spent = (ContinuousClock.now - began) / Duration.microseconds(1)
        operations[index].microseconds.append(spent / Double(count))
    }
}

func median(_ operation: Operation) -> Double { operation.microseconds.sorted()[rounds / 2] }

func text(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}

print("| operation | µs | of libcrypto |\n|---|---|---|")
for (index, operation) in operations.enumerated() {
    let yardstick = median(operations[index < 4 ? 0 : 4])
    print("| \(operation.name) | \(text(median(operation))) | \(text(median(operation) / yardstick)) |")
}
