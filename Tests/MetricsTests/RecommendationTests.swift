import Domain
import JSON
import Metrics
import Store
import Testing

@Suite("Recommended contents")
struct RecommendationTests {
    let company: Company
    let press: Record
    let mill: Record

    init() throws {
        company = try Company()
        press = try company.create("products", ["name": "Press", "list_price": ["amount": 1, "currency": "EUR"]])
        mill = try company.create("products", ["name": "Mill", "list_price": ["amount": 1, "currency": "EUR"]])
    }

    @discardableResult
    private func content(_ title: String, _ members: JSON, status: JSON = "published") throws -> Record {
        try company.create(
            "contents",
            .object(
                [.init("title", .string(title)), .init("kind", "article"), .init("status", status)]
                    + (members.members ?? [])))
    }

    private let euro: JSON = ["amount": 1, "currency": "EUR"]

    private func deal() throws -> Record {
        try company.create("deals", ["name": "D", "lines": [["product_id": press.ref]]])
    }

    private func recommended(_ deal: Record) throws -> [JSON] {
        let (deal, facts) = (try company.now(deal), Facts(of: company.view))
        let json = Recommendation.json(
            forDeal: deal, seen: facts.contents(usedOn: deal), facts.outcomesByContent(), in: company.view)
        return json["data"]?.elements ?? []
    }

    private func titles(_ deal: Record) throws -> [String] {
        try recommended(deal).compactMap { $0["title"]?.text }
    }

    @Test("fit the phase, the product and the open objections, an answer first; what fits nothing is left out")
    func fitting() throws {
        try content("phase", ["phases": ["purchase"]])
        try content("product", ["product_id": press.ref, "phases": ["purchase"]])
        try content("answer", ["objection_categories": ["price"]])
        try content("other product", ["product_id": mill.ref, "phases": ["purchase"]])
        try content("other phase", ["phases": ["awareness"]])
        try content("draft", ["phases": ["purchase"]], status: "draft")
        try content("after sale", ["phases": ["post_purchase"], "audience": "post_sale"])
        try content("nothing", [:])
        let deal = try deal()
        #expect(try titles(deal) == ["product", "phase"])
        let objection = try company.create("objections", ["deal_id": deal.ref, "category": "price"])
        #expect(try titles(deal) == ["answer", "product", "phase"])
        try company.act("answer", objection, ["answer": "x", "is_satisfied": true])
        #expect(try titles(deal) == ["product", "phase"])
        try company.act("win", deal)
        #expect(try titles(deal) == ["after sale"])
    }

    @Test("that fit alike are ranked by how deals went that used them, many before few, with the counts")
    func ranked() throws {
        let contents = try ["lucky", "proven", "poor", "new"].map { try content($0, ["phases": ["purchase"]]) }
        func use(_ content: Record, won: Int, lost: Int) throws {
            for number in 0..<(won + lost) {
                let deal = try self.deal()
                try company.create(
                    "activities",
                    [
                        "deal_id": deal.ref, "type": "note", "content_id": content.ref,
                        "occurred_at": "2026-06-01T00:00:00Z",
                    ])
                try company.act(number < won ? "win" : "lose", deal, number < won ? [:] : ["reason": "x"])
            }
        }
        try use(contents[0], won: 1, lost: 0)
        try use(contents[1], won: 8, lost: 2)
        try use(contents[2], won: 1, lost: 5)
        // What a machine looked at nobody used.
        let lead = try company.create("leads", ["name": "Ada", "captured_at": "2026-06-01T00:00:00Z"])
        let scanned = try company.create(
            "deals", ["name": "S", "lead_ids": [lead.ref], "amount": euro, "opened_at": "2026-06-01T00:00:00Z"])
        try company.create(
            "touches",
            [
                "lead_id": lead.ref, "type": "content_view", "channel": "email", "content_id": contents[3].ref,
                "user_agent": "Googlebot", "occurred_at": "2026-06-15T00:00:00Z",
            ])
        try company.act("win", scanned)
        // What comes after the close, and what was not done, is no use.
        try company.create("activities", ["deal_id": scanned.ref, "type": "note", "content_id": contents[3].ref])
        try company.create(
            "activities",
            [
                "deal_id": scanned.ref, "type": "task", "content_id": contents[3].ref,
                "occurred_at": "2026-06-02T00:00:00Z",
            ])
        let deal = try deal()
        try company.create("activities", ["deal_id": deal.ref, "type": "note", "content_id": contents[3].ref])
        #expect(try titles(deal) == ["proven", "lucky", "poor", "new"])
        let json = try recommended(deal)
        #expect(json.map { $0["won"] } == [8, 1, 1, 0])
        #expect(json[0]["win_rate"] == .number(0.8))
        #expect(json.map { $0["seen"] } == [false, false, false, true])
        #expect(json[3]["win_rate"] == .null)
    }
}
