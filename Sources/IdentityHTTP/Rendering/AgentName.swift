/// A `User-Agent` as people would say it: `Firefox on Linux`, `latchkey-cli on build-7`.
///
/// What it says was sent by whoever asked, so it is a hint and never a proof.
enum AgentName {
    static func readable(_ agent: String) -> String {
        if agent.isEmpty { return "an unknown program" }
        guard agent.hasPrefix("Mozilla/") else { return program(agent) }
        let browser = browsers.first { agent.contains($0.mark) }?.name ?? "a browser"
        guard let system = systems.first(where: { agent.contains($0.mark) })?.name else { return browser }
        return "\(browser) on \(system)"
    }

    // The order matters: every browser names those it wants to be taken for.
    private static let browsers = [
        (mark: "Edg/", name: "Edge"), (mark: "OPR/", name: "Opera"), (mark: "Firefox/", name: "Firefox"),
        (mark: "Chrome/", name: "Chrome"), (mark: "Safari/", name: "Safari"),
    ]
    private static let systems = [
        (mark: "iPhone", name: "iPhone"), (mark: "iPad", name: "iPad"), (mark: "Android", name: "Android"),
        (mark: "Windows", name: "Windows"), (mark: "Mac OS X", name: "macOS"), (mark: "CrOS", name: "ChromeOS"),
        (mark: "Linux", name: "Linux"),
    ]

    /// `name/version (host; system)` is the habit of command lines. Of the host its first label is told.
    private static func program(_ agent: String) -> String {
        let name = word(agent, atMost: 40)
        if name.isEmpty { return "an unknown program" }
        guard let open = agent.firstIndex(of: "("), let close = agent[open...].firstIndex(of: ")") else { return name }
        let host = word(agent[agent.index(after: open)..<close], atMost: 60)
        return host.isEmpty ? name : "\(name) on \(host)"
    }

    /// The plain word that a text begins with. No dot, colon, slash or at-sign: this goes into mail to people who may
    /// never have heard of the one who asked, and mail programs make links of whatever looks like one.
    private static func word(_ text: some StringProtocol, atMost length: Int) -> String {
        let plain = text.utf8.prefix { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return String(decoding: plain.prefix(length), as: UTF8.self)
    }
}
