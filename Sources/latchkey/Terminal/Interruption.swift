import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Ctrl-C while something is waited for: says a last word, then ends the process by the same signal, so that the shell
/// knows. Lasts as long as the value is held.
struct Interruption {
    private let source: any DispatchSourceSignal

    init(saying lastWord: @escaping @Sendable () -> Void) {
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler {
            lastWord()
            signal(SIGINT, SIG_DFL)
            kill(getpid(), SIGINT)  // raise() would signal a thread of Dispatch, which blocks signals
        }
        source.resume()
    }

    func end() {
        source.cancel()
        signal(SIGINT, SIG_DFL)
    }
}
