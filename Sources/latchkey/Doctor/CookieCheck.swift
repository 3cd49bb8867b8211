import NIOHTTP1

/// Browsers keep the cookie that the issuer sets, as it sets it.
struct CookieCheck: Check {
    let name = "cookies"

    func examine(_ deployment: Deployment) async -> [Finding] {
        do {
            let answer = try await deployment.server.look("/login")
            let cookies = answer.headers["Set-Cookie"]
            return [judge(cookies, isSecure: deployment.issuer.isSecure)]
        } catch {
            return [.fault(CommandFailure(error)?.message ?? "\(error)", fix: "See the finding about the issuer.")]
        }
    }

    /// RFC 6265bis §4.1.3.2: a `__Host-` cookie is `Secure`, has `Path=/` and no `Domain`, or browsers drop it.
    private func judge(_ cookies: [String], isSecure: Bool) -> Finding {
        let name = isSecure ? "__Host-latchkey=" : "latchkey="
        guard let cookie = cookies.first(where: { $0.hasPrefix(name) }) else {
            return .fault(
                "The sign-in page sets no cookie \(name.dropLast()).",
                fix: "Is the issuer's scheme the one browsers use? Let the proxy pass Set-Cookie on as it is.")
        }
        let attributes = cookie.split(separator: ";").dropFirst().map { $0.filter { $0 != " " }.lowercased() }
        let hasDomain = attributes.contains { $0.hasPrefix("domain=") }
        guard attributes.contains("path=/"), !hasDomain, !isSecure || attributes.contains("secure") else {
            return .fault(
                "Something on the way has changed the cookie to: \(attributes.joined(separator: "; ")).",
                fix: "Switch off what rewrites cookies in the proxy (nginx: proxy_cookie_path, proxy_cookie_domain).")
        }
        return .ok(
            isSecure ? "__Host- cookies arrive as browsers want them." : "Plain cookies, as http on this machine needs."
        )
    }
}
