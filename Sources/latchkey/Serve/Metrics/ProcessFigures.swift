#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the system knows of this process. Each is nil where the system does not tell.
enum ProcessFigures {
    /// User and system time together.
    static var processorSeconds: Double? {
        var usage = rusage()
        #if canImport(Darwin) || canImport(Musl)
            let own = RUSAGE_SELF
        #else
            let own = __rusage_who_t(RUSAGE_SELF.rawValue)
        #endif
        guard getrusage(own, &usage) == 0 else { return nil }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// The second number of `/proc/self/statm`, in pages.
    static var residentBytes: Double? {
        guard let text = FileManager.default.contents(atPath: "/proc/self/statm") else { return nil }
        let numbers = String(decoding: text, as: UTF8.self).split(separator: " ")
        return numbers.count > 1 ? Double(numbers[1]).map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) } : nil
    }

    static var openDescriptors: Double? {
        // The one that lists them is among them.
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { Double(max(0, $0.count - 1)) }
    }

    static var descriptorLimit: Double? {
        var limit = rlimit()
        #if canImport(Glibc)
            let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        #else
            let isKnown = getrlimit(RLIMIT_NOFILE, &limit) == 0
        #endif
        return isKnown ? Double(limit.rlim_cur) : nil
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000
    }
}
