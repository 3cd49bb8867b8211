import ArgumentParser
import JOSE

/// Which part of a list is shown.
struct PageOptions: ParsableArguments {
    @Option(help: "Which page, counted from 1.")
    var page: UInt32 = 1

    @Option(help: "How many on a page, at most 200.")
    var limit: UInt32 = 50

    /// The bounds of the server.
    private static let pages: ClosedRange<UInt32> = 1...1_000_000
    private static let limits: ClosedRange<UInt32> = 1...200

    func validate() throws {
        guard Self.pages.contains(page) else {
            throw ValidationError("--page is a number from 1 to \(Self.pages.upperBound).")
        }
        guard Self.limits.contains(limit) else {
            throw ValidationError("--limit is a number from 1 to \(Self.limits.upperBound).")
        }
    }

    /// As it follows the question mark of a URL.
    var query: String { "page=\(page)&limit=\(limit)" }

    /// What is said below a page that does not show everything; nil when it does.
    func rest(showing count: Int, of total: Int64) -> String? {
        total > Int64(count) ? "\n\(count.grouped) of \(total.grouped). More with: --page \(Int64(page) + 1)" : nil
    }
}
