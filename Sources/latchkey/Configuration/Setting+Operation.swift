extension Setting {
    static let metricsToken = Setting(
        name: "metrics_token", kind: .text, values: "at least 32 printable characters without spaces",
        fallback: "none: this machine alone", flag: nil, isSecret: true,
        explanation: "Who shows it as `Authorization: Bearer …` may read `/metrics`, from wherever. Without it, only "
            + "requests that come from this machine, and through no proxy, may.")

    static let drainDelay = Setting(
        name: "drain_delay", kind: .number, values: "a number from 0 to 300", fallback: "0", flag: nil,
        explanation:
            "For so many seconds after SIGTERM the server still takes connections while `/readyz` answers 503, "
            + "so that a load balancer sees it before the port is closed.")

    static let plans = Setting(
        name: "plans", kind: .text, values: "a file", fallback: "the standard terms", flag: nil,
        explanation: "JSON: what each plan allows, see below. The same on every node; read once, at the start.")
}
