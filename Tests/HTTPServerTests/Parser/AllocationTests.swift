import AllocationCounter
import Testing

@testable import HTTPServer

@Suite("A plain GET", .enabled(if: tandem_counts_allocations()))
struct AllocationTests {
    /// As many routes as the product has, most of them under `/v1`.
    private static func table() -> RouteTable {
        var router = Router()
        router.get("/health") { _ in .text("") }
        for kind in ["leads", "deals", "accounts", "contacts", "campaigns", "touches", "activities", "users", "teams"] {
            router.get("/v1/\(kind)") { _ in .text("") }
            router.post("/v1/\(kind)") { _ in .text("") }
            router.get("/v1/\(kind)/{id}") { _ in .text("") }
            router.patch("/v1/\(kind)/{id}") { _ in .text("") }
            router.delete("/v1/\(kind)/{id}") { _ in .text("") }
            router.get("/v1/\(kind)/{id}/history") { _ in .text("") }
            router.post("/v1/\(kind)/bulk") { _ in .text("") }
        }
        return router.table
    }

    private static let request = Array(
        """
        GET /v1/leads/lead_01JADA0000000000000000000 HTTP/1.1\r
        Host: localhost:8080\r
        User-Agent: curl/8.5.0\r
        Accept: */*\r
        Authorization: Bearer 0123456789abcdef0123456789abcdef\r
        \r

        """.utf8)

    /// Reads the head, finds its route, and says whether there is one.
    private static func isRouted(
        _ bytes: [UInt8], _ parser: inout HeadParser, _ table: RouteTable, _ limits: Limits
    ) throws(ParseFault) -> Bool {
        guard case .done(let head, _) = try parser.parse(bytes, 0, until: bytes.count, limits: limits),
            case .found = table.match(head, in: bytes)
        else { return false }
        return true
    }

    @Test("is read and routed without an allocation")
    func allocations() throws {
        let (bytes, table, limits) = (Self.request, Self.table(), Limits())
        var parser = HeadParser()
        // The first has the room for the fields made, which the parser keeps; the second is the first to find it there.
        for _ in 0..<2 { #expect(try Self.isRouted(bytes, &parser, table, limits)) }
        var routed = 0
        let before = tandem_allocations()
        for _ in 0..<1000 where try Self.isRouted(bytes, &parser, table, limits) { routed += 1 }
        let allocations = tandem_allocations() - before
        #expect(routed == 1000)
        #expect(allocations == 0)
    }

    @Test("would be told to allocate if it did")
    func counter() {
        let before = tandem_allocations()
        let bytes = [UInt8](repeating: 1, count: tandem_allocations() < 0 ? 2 : 1000)
        #expect(tandem_allocations() - before == 1)
        #expect(bytes.count == 1000)
    }
}
