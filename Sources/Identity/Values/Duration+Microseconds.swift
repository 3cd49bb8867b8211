extension Duration {
    /// Whole microseconds, cut to what 64 bits hold.
    package var wholeMicroseconds: Int64 {
        let (seconds, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return components.seconds < 0 ? .min : .max }
        let (sum, carried) = seconds.addingReportingOverflow(components.attoseconds / 1_000_000_000_000)
        return carried ? (components.seconds < 0 ? .min : .max) : sum
    }
}
