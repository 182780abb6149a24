import Domain
import JSON
import Store
import Testing

@Suite("An offer")
struct OfferTests {
    let company: Company
    let product: Record
    let deal: Record

    init() throws {
        company = try Company()
        product = try company.create(
            "products", ["name": "Press", "list_price": ["amount": 1000, "currency": "EUR"]])
        deal = try company.create(
            "deals", ["name": "D", "lines": [["product_id": product.ref, "quantity": 10]]])
    }

    private func euros(_ amount: Int64) -> JSON { ["amount": .integer(amount), "currency": "EUR"] }

    private func offer(_ amount: Int64, _ more: [JSON.Member] = []) throws -> Record {
        try company.create(
            "offers",
            .object(
                [
                    .init("deal_id", deal.ref), .init("amount", euros(amount)),
                    .init("lines", [["product_id": product.ref, "quantity": 10]]),
                ] + more))
    }

    private func amount(_ record: Record) throws -> Int64? { try company.now(record)["amount"].money?.amount }

    @Test(
        "is compared with what its lines cost at list price, and waits for a manager above the limit",
        arguments: [
            (10_000, 0.0, "open"), (8000, 20.0, "open"), (7999, 20.01, "awaiting_approval"),
            (0, 100.0, "awaiting_approval"),
            (12_000, -20.0, "open"),
        ] as [(Int64, Double, String)])
    func discount(_ amount: Int64, _ percent: Double, _ status: String) throws {
        let offer = try offer(amount)
        #expect(offer["list_amount"].money?.amount == 10_000)
        #expect(offer["discount_percent"] == .number(percent))
        #expect(offer["status"].text == status)
    }

    @Test("in another currency is compared by the rate of its day, and waits for a manager where there is none")
    func otherCurrency() throws {
        let dollars: JSON = ["amount": 9000, "currency": "USD"]
        let input: JSON = ["deal_id": deal.ref, "amount": dollars]
        #expect(try company.create("offers", input)["status"].text == "awaiting_approval")
        try company.create("settings", ["name": "S", "base_currency": "EUR"])
        let rows = [("2026-06-30", 0.9, 19.0, "open"), ("2026-07-01", 0.5, 55.0, "awaiting_approval")]
        for (day, rate, percent, status) in rows {
            try company.create(
                "exchange_rates", ["from": "USD", "to": "EUR", "rate": .number(rate), "on": .string(day)])
            let offer = try company.create("offers", input)
            #expect(offer["discount_percent"] == .number(percent))
            #expect(offer["status"].text == status)
        }
    }

    @Test("is compared exactly with the limit, and by the deal's lines where it has none")
    func exactly() throws {
        let dear = try company.create(
            "products", ["name": "Mill", "list_price": ["amount": 1_000_000, "currency": "EUR"]])
        let other = try company.create("deals", ["name": "E", "lines": [["product_id": dear.ref]]])
        let offers = try [800_000, 799_960].map { amount in
            try company.create("offers", ["deal_id": other.ref, "amount": euros(amount)])
        }
        #expect(offers.map { $0["status"].text } == ["open", "awaiting_approval"])
        #expect(offers[1]["discount_percent"] == .number(20))
    }

    @Test("that had expired before it was recorded has an hour to be decided as it was, and is not accepted since")
    func loaded() throws {
        let past: [JSON.Member] = [
            .init("offered_at", "2026-01-01T00:00:00Z"), .init("valid_until", "2026-02-01T00:00:00Z"),
        ]
        let first = try offer(9000, past)
        #expect(throws: Refusal.self) { try company.act("accept", first) }
        try company.act("accept", first, ["at": "2026-01-15T00:00:00Z"])
        let second = try offer(9000, past)
        #expect(try company.fire(at: "2026-07-01T12:59:59Z") == 0)
        #expect(try company.fire(at: "2026-07-01T13:00:00Z") == 1)
        #expect(try company.now(second)["decided_at"] == .instant(instant("2026-02-01T00:00:00Z")))
    }

    @Test("above the limit is let out by a manager, or not at all")
    func approval() throws {
        let first = try offer(5000)
        #expect(try refusal { try company.act("accept", first) }.words.contains("awaiting_approval"))
        try company.act("approve", first)
        #expect(try company.now(first)["status"].text == "open")
        let second = try offer(4000)
        #expect(try company.now(first)["status"].text == "withdrawn")
        #expect(second["round"] == .integer(2))
        try company.act("refuse", second, ["reason": "too low"])
        #expect(try company.now(second)["status"].text == "refused")
        #expect(try company.now(second)["reason"].text == "too low")
    }

    @Test("that is accepted is what the deal is worth")
    func accepted() throws {
        #expect(try amount(deal) == 10_000)
        let offer = try offer(9000)
        try company.act("accept", offer)
        #expect(try amount(deal) == 9000)
        #expect(try refusal { try company.act("decline", offer, ["reason": "x"]) }.state("status") == "accepted")
    }

    @Test(
        "is accepted by winning the deal and declined by losing it",
        arguments: [
            ("win", [:], "accepted"), ("lose", ["reason": "price"], "declined"),
        ] as [(String, JSON, String)])
    func closing(_ action: String, _ input: JSON, _ status: String) throws {
        let offer = try offer(9000)
        try company.act(action, deal, input)
        #expect(try company.now(offer)["status"].text == status)
        #expect(try amount(deal) == (action == "win" ? 9000 : 10_000))
        #expect(try refusal { _ = try self.offer(1) }.words == "an offer is made on an open deal")
    }

    @Test("that was valid no more when the deal was won has expired, whether somebody waited for its approval or not")
    func expiredBefore() throws {
        let past: [JSON.Member] = [
            .init("offered_at", "2026-06-01T00:00:00Z"), .init("valid_until", "2026-06-20T00:00:00Z"),
        ]
        for amount in [9000, 1000] as [Int64] {
            let lines: JSON = [["product_id": product.ref, "quantity": 10]]
            let deal = try company.create(
                "deals", ["name": "D", "lines": lines, "opened_at": "2026-05-01T00:00:00Z"])
            let offer = try company.create(
                "offers", .object(past + [.init("deal_id", deal.ref), .init("amount", euros(amount))]))
            try company.act("win", deal)
            let now = try company.now(offer)
            #expect(now["status"].text == "expired")
            #expect(now["decided_at"] == .instant(instant("2026-06-20T00:00:00Z")))
            #expect(try self.amount(company.now(deal)) == 10_000)
        }
    }

    @Test("is of no less than nothing, as a deal is that is won")
    func negative() throws {
        #expect(try refusal { _ = try offer(-5) }.pointers == ["/amount"])
        let input: JSON = ["name": "D", "stage": "won", "amount": euros(-5), "closed_at": "2026-06-01T00:00:00Z"]
        #expect(try refusal { try company.create("deals", input) }.pointers == ["/amount"])
        #expect(try refusal { try company.act("win", deal, ["amount": euros(-5)]) }.pointers == ["/amount"])
    }

    @Test("expires once, when its time is over")
    func expiry() throws {
        let offer = try offer(9000, [.init("valid_until", "2026-07-02T00:00:00Z")])
        #expect(try company.fire(at: "2026-07-01T23:59:59Z") == 0)
        #expect(try company.fire(at: "2026-07-02T00:00:00Z") == 1)
        let expired = try company.now(offer)
        #expect(expired["status"].text == "expired")
        #expect(expired["decided_at"] == .instant(instant("2026-07-02T00:00:00Z")))
        #expect(try company.fire(at: "2026-07-03T00:00:00Z") == 0)
        #expect(
            try refusal { try company.act("accept", offer) }.words.hasPrefix("an offer is accepted while it is valid"))
    }

    @Test(
        "is refused where it is wrong",
        arguments: [
            (["valid_until": "2026-07-01T12:00:00Z"], ["/valid_until"]),
            (["offered_at": "2026-08-01T00:00:00Z"], ["/offered_at"]),
            (["round": 7], ["/round"]), (["status": "accepted"], ["/status"]),
        ] as [(JSON, [String])])
    func refused(_ input: JSON, _ pointers: [String]) throws {
        #expect(try refusal { _ = try offer(9000, input.members ?? []) }.pointers == pointers)
    }

    @Test("stays as it was made")
    func settled() throws {
        let offer = try offer(9000)
        #expect(try refusal { try company.patch(offer, ["amount": euros(1)]) }.pointers == ["/amount"])
        #expect(throws: Refusal.self) { try company.patch(offer, ["lines": []]) }
        try company.patch(offer, ["valid_until": "2026-08-01T00:00:00Z"])
        try company.act("withdraw", offer)
        #expect(throws: Refusal.self) { try company.patch(offer, ["terms": "x"]) }
        #expect(throws: Refusal.self) { try company.delete(offer) }
    }
}

@Suite("The lines of a deal")
struct DealLinesTests {
    let company: Company
    let product: Record
    let free: Record

    init() throws {
        company = try Company()
        product = try company.create("products", ["name": "Press", "list_price": ["amount": 333, "currency": "EUR"]])
        free = try company.create("products", ["name": "Idea"])
    }

    private func deal(_ lines: JSON, _ more: [JSON.Member] = []) throws -> Record {
        try company.create("deals", .object([.init("name", "D"), .init("lines", lines)] + more))
    }

    @Test("cost what the deal is worth, at list price where no price is given")
    func amounts() throws {
        let deal = try deal([
            ["product_id": product.ref, "quantity": 2.5],
            ["product_id": free.ref, "unit_price": ["amount": 10, "currency": "EUR"]],
        ])
        #expect(deal["amount"].money?.amount == 842)
        #expect(deal["product"].text == "Press")
        #expect(deal["lines"].elements[0].parts[2].money?.amount == 333)
        let more = try company.patch(deal, ["lines": [["product_id": product.ref]]])
        #expect(more["amount"].money?.amount == 333)
        let own = try company.patch(deal, ["lines": [], "amount": ["amount": 5, "currency": "EUR"]])
        #expect(own["amount"].money?.amount == 5)
        let agreed = try company.patch(own, ["lines": [["product_id": product.ref]]])
        #expect(agreed["amount"].money?.amount == 5, "what was agreed on stays")
    }

    @Test("are refused where they are wrong, and keep their product from going")
    func refused() throws {
        #expect(try refusal { _ = try deal([["product_id": free.ref]]) }.pointers == ["/lines/0/unit_price"])
        let missing: JSON = [["product_id": "product_01jd0000000000000000000000"]]
        #expect(try refusal { _ = try deal(missing) }.pointers == ["/lines/0/product_id"])
        let mixed: JSON = [
            ["product_id": product.ref], ["product_id": free.ref, "unit_price": ["amount": 1, "currency": "USD"]],
        ]
        #expect(try refusal { _ = try deal(mixed) }.pointers == ["/lines"])
        let most: JSON = [
            [
                "product_id": product.ref, "quantity": 1_000_000_000,
                "unit_price": ["amount": 9_000_000_000_000_000, "currency": "EUR"],
            ]
        ]
        #expect(try refusal { _ = try deal(most) }.pointers == ["/lines"])
        _ = try deal([["product_id": product.ref]])
        #expect(try refusal { try company.delete(product) }.state("referred_by")?["deals.lines.product_id"] == 1)
    }

    @Test("have whoever has a say among the leads")
    func buyers() throws {
        let lead = try company.create("leads", ["name": "Ada"])
        let deal = try deal([], [.init("buyers", [["lead_id": lead.ref, "role": "decision_maker"]])])
        #expect(deal["lead_ids"].elements == [.reference(lead.id)])
        #expect(try company.now(lead)["stage"].text == "opportunity")
        let patch: JSON = ["buyers": [["lead_id": lead.ref, "role": "boss"]]]
        #expect(try refusal { try company.patch(deal, patch) }.pointers == ["/buyers/0/role"])
    }
}
