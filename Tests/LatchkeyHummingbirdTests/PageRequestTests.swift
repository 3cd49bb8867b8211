import Hummingbird
import LatchkeyHummingbird
import Testing

@Suite("Pages of lists")
struct PageRequestTests {
    /// A list of the numbers from 1 to 1234.
    private func answer(_ query: String) async throws -> Answer {
        try await withRouter { router in
            router.get("numbers") { request, _ in
                let (page, all) = (try PageRequest(request), Array(1...1234))
                let items = page.items(of: all)
                let tells = "\(items.first ?? 0)-\(items.last ?? 0)"
                return JSONAnswer { json in
                    json.beginObject()
                    json.member("items", tells)
                    json.member(page.pagination(total: all.count))
                    json.endObject()
                }
            }
        } _: { client async throws in
            try await client.get("/numbers" + query)
        }
    }

    @Test(
        "fifty a page unless it is said otherwise, two hundred at most",
        arguments: [
            ("", "1-50", 1, 50), ("?page=2", "51-100", 2, 50), ("?page=1&limit=200", "1-200", 1, 200),
            ("?limit=1&page=1234", "1234-1234", 1234, 1), ("?page=25", "1201-1234", 25, 50),
            ("?page=26", "0-0", 26, 50), ("?page=1000000&limit=200", "0-0", 1_000_000, 200),
            ("?page=007", "301-350", 7, 50),
        ])
    func pages(_ query: String, _ items: String, _ page: Int, _ limit: Int) async throws {
        let answer = try await answer(query)
        #expect(
            answer.text
                == #"{"items":"\#(items)","pagination":{"page":\#(page),"limit":\#(limit),"total":1234}}"#)
    }

    @Test(
        "what is out of bounds or no number is 400 and names the bounds",
        arguments: [
            "page=0", "page=-1", "page=1000001", "page=x", "page=", "page=1.5", "page=99999999999999999999", "limit=0",
            "limit=201", "limit=abc", "limit=%20", "limit=+5", "page=%D9%A1", "page=1&page=2",
        ])
    func bounds(_ query: String) async throws {
        let answer = try await answer("?" + query)
        #expect(answer.status == 400)
        #expect(answer.string("error", "code") == "invalid_request")
        #expect(
            answer.string("error", "message") == "page is a number from 1 to 1000000, and limit one from 1 to 200.")
    }
}
