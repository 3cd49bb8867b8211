import Metrics
import Prometheus
import Testing

@Suite("The metrics as Prometheus reads them")
struct RegistryTests {
    private static let families = [
        Family("things_total", .counter, "Things that were counted."),
        Family("rare_total", .counter, "Things that hardly happen.", showsZeros: false),
        Family("level", .gauge, "How high it is."),
        Family("wait_seconds", .histogram([0.001, 0.5]), "How long it takes."),
        Family("size", .histogram([1, 10]), "How many at once."),
    ]

    private func text(_ fill: (Registry) -> Void) -> String {
        let registry = Registry(Self.families)
        fill(registry)
        return String(decoding: registry.text(), as: UTF8.self)
    }

    @Test("a counter is shown from the start, with its sentence, and counts")
    func counters() {
        let registry = Registry(Self.families)
        let counter = Counter(label: "things_total", dimensions: [("kind", "a")], factory: registry)
        let head = "# HELP things_total Things that were counted.\n# TYPE things_total counter\n"
        #expect(String(decoding: registry.text(), as: UTF8.self) == head + "things_total{kind=\"a\"} 0\n")
        counter.increment(by: 41)
        // The same name and labels are the same counter.
        Counter(label: "things_total", dimensions: [("kind", "a")], factory: registry).increment()
        #expect(String(decoding: registry.text(), as: UTF8.self) == head + "things_total{kind=\"a\"} 42\n")
    }

    @Test("a counter never goes down")
    func monotonic() {
        let text = text { registry in
            let counter = Counter(label: "things_total", factory: registry)
            counter.increment(by: 3)
            counter.increment(by: -2)
        }
        #expect(text.hasSuffix("\nthings_total 3\n"))
    }

    @Test("a family that hides zeros has no line, not even its head, until something is counted")
    func zeros() {
        #expect(text { _ = Counter(label: "rare_total", factory: $0) } == "")
        #expect(text { Counter(label: "rare_total", factory: $0).increment() }.hasSuffix("rare_total 1\n"))
    }

    @Test("a histogram is cumulative, a value on the bound is within it, and the count is the last bucket")
    func histograms() {
        let text = text { registry in
            let timer = Timer(label: "wait_seconds", dimensions: [("of", "x")], factory: registry)
            for nanoseconds in [1_000_000, 1_000_001, 2_000_000_000] as [Int64] { timer.recordNanoseconds(nanoseconds) }
        }
        #expect(
            text.hasSuffix(
                """
                # TYPE wait_seconds histogram
                wait_seconds_bucket{of="x",le="0.001"} 1
                wait_seconds_bucket{of="x",le="0.5"} 2
                wait_seconds_bucket{of="x",le="+Inf"} 3
                wait_seconds_sum{of="x"} 2.002000001
                wait_seconds_count{of="x"} 3

                """))
    }

    @Test("what is recorded is counted in its own unit")
    func recorders() {
        let text = text { registry in
            let recorder = Recorder(label: "size", factory: registry)
            for size in [1, 2, 11] { recorder.record(size) }
        }
        #expect(text.contains("size_bucket{le=\"1\"} 1\nsize_bucket{le=\"10\"} 2\nsize_bucket{le=\"+Inf\"} 3\n"))
        #expect(text.hasSuffix("size_sum 14\nsize_count 3\n"))
    }

    @Test("a gauge is what it was set to, or what is seen when it is read")
    func gauges() {
        let text = text { registry in
            Meter(label: "level", factory: registry).set(2.5)
            registry.observe(Family("seen", .gauge, "What is seen.")) { 7 }
            registry.observe(Family("unseen", .gauge, "What cannot be seen.")) { nil }
        }
        #expect(text.contains("\nlevel 2.5\n"))
        #expect(text.hasSuffix("# HELP seen What is seen.\n# TYPE seen gauge\nseen 7\n"))
    }

    @Test("quotes, backslashes and line ends in a label cannot break out of it")
    func escaping() {
        let text = text { Counter(label: "things_total", dimensions: [("k", "a\"b\\c\nd")], factory: $0).increment() }
        #expect(text.hasSuffix(#"things_total{k="a\"b\\c\nd"} 1"# + "\n"))
    }

    @Test("a hundred thousand additions from eight tasks are a hundred thousand")
    func races() async {
        let registry = Registry(Self.families)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "things_total", factory: registry)
                    let timer = Timer(label: "wait_seconds", factory: registry)
                    for _ in 0..<12_500 {
                        counter.increment()
                        timer.recordNanoseconds(1)
                    }
                }
            }
        }
        let text = String(decoding: registry.text(), as: UTF8.self)
        #expect(text.contains("\nthings_total 100000\n"))
        #expect(text.contains("wait_seconds_bucket{le=\"0.001\"} 100000\n"))
    }
}
