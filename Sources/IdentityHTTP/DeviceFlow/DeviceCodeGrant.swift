import Identity

/// `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4).
struct DeviceCodeGrant: TokenGrant {
    let deviceFlow: DeviceFlow

    var type: Client.GrantType { .deviceCode }

    func tokens(for request: TokenRequest) async throws -> TokenSet {
        let outcome = try await deviceFlow.redeem(
            request.form.required("device_code"), by: .authenticated(request.client), at: request.call.now,
            from: request.call.origin)
        switch outcome {
        case .success(let tokens): return tokens
        case .failure(let refusal): throw Refusal(refusal)
        }
    }
}
