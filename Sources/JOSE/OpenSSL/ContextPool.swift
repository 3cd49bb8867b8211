import Synchronization

/// Prepared libcrypto contexts of one kind (one key, one operation), each used by one thread at a time.
///
/// Preparing a context costs more than most of the work done with it, and a context is not safe for two threads; so
/// each caller borrows an idle one, or a copy of the original when all are busy.
@safe
final class ContextPool: @unchecked Sendable {
    // Sendable because the original is only ever copied, under the lock, and the copies are handed out under it.
    private let original: OpaquePointer
    private let copy: @Sendable (OpaquePointer) -> OpaquePointer?
    private let free: @Sendable (OpaquePointer) -> Void
    private let idle = Mutex<[Context]>([])

    /// No more than this many stay prepared; a burst beyond it pays for its copies.
    private static let mostIdle = 32

    @safe
    private struct Context: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    /// Takes over `original`, and frees it and all its copies in the end.
    init(
        original: OpaquePointer,
        copy: @escaping @Sendable (OpaquePointer) -> OpaquePointer?,
        free: @escaping @Sendable (OpaquePointer) -> Void
    ) {
        unsafe self.original = unsafe original
        unsafe self.copy = unsafe copy
        unsafe self.free = unsafe free
    }

    deinit {
        idle.withLock { for context in $0 { unsafe free(context.pointer) } }
        unsafe free(original)
    }

    func withContext<R>(_ body: (OpaquePointer) -> R) -> R {
        let context = idle.withLock { idle in
            unsafe idle.popLast() ?? Context(pointer: LibCrypto.required(copy(original), "copy of a context"))
        }
        defer { giveBack(context) }
        return unsafe body(context.pointer)
    }

    private func giveBack(_ context: Context) {
        let kept = idle.withLock { idle in
            guard idle.count < Self.mostIdle else { return false }
            idle.append(context)
            return true
        }
        if !kept { unsafe free(context.pointer) }
    }
}
