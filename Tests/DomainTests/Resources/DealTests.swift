import Domain
import JSON
import Store
import Testing

@Suite("A deal")
struct DealTests {
    let company: Company

    init() throws { company = try Company() }

    private static let euros: JSON = ["amount": 10_000, "currency": "EUR"]

    private func make(_ input: [String: JSON]) throws -> Record {
        try company.create("deals", .object(([("name", "A")] + input.map { ($0, $1) }).map { .init($0, $1) }))
    }

    static let made: [(stage: String, walk: [String])] = [
        ("prospecting", ["prospecting"]), ("qualified", ["~prospecting", "qualified"]),
        ("proposal", ["~prospecting", "~qualified", "proposal"]),
        ("negotiation", ["~prospecting", "~qualified", "~proposal", "negotiation"]),
        ("won", ["prospecting", "~qualified", "~proposal", "~negotiation", "won"]), ("lost", ["prospecting", "lost"]),
    ]

    @Test("is made in any stage, those before it implied", arguments: made)
    func creation(_ row: (stage: String, walk: [String])) throws {
        var input: [String: JSON] = ["stage": .string(row.stage), "opened_at": "2026-03-01T00:00:00Z"]
        if row.stage == "won" { input["amount"] = Self.euros }
        if row.stage == "lost" { input["lost_reason"] = "price" }
        let deal = try make(input)
        #expect(deal.walk == row.walk)
        #expect(deal["stage"] == .text(row.stage))
        let isClosed = row.stage == "won" || row.stage == "lost"
        #expect(deal["closed_at"] == (isClosed ? .instant(instant("2026-07-01T12:00:00Z")) : .null))
        let last = StageEntry.all(of: deal).last?.enteredAt
        #expect(last == (isClosed ? instant("2026-07-01T12:00:00Z") : instant("2026-03-01T00:00:00Z")))
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let input: [String: JSON]
        let pointers: Set<String>
        let why: String
        var testDescription: String { why }
    }

    static let refused: [Refused] = [
        Refused(input: ["stage": "won"], pointers: ["/amount"], why: "won without an amount"),
        Refused(input: ["stage": "lost"], pointers: ["/lost_reason"], why: "lost without a reason"),
        Refused(
            input: ["stage": "lost", "lost_reason": " "], pointers: ["/lost_reason"], why: "lost for a blank reason"),
        Refused(input: ["lost_reason": "x"], pointers: ["/lost_reason"], why: "open with a reason"),
        Refused(
            input: ["stage": "won", "amount": euros, "lost_reason": "x"], pointers: ["/lost_reason"],
            why: "won with a reason"),
        Refused(input: ["closed_at": "2026-06-01T00:00:00Z"], pointers: ["/closed_at"], why: "open and closed"),
        Refused(
            input: ["opened_at": "2026-07-01T12:00:00.001Z"], pointers: ["/opened_at"], why: "opened in the future"),
        Refused(
            input: ["stage": "won", "amount": euros, "closed_at": "2026-07-01T12:00:00.001Z"],
            pointers: ["/closed_at"], why: "closed in the future"),
        Refused(
            input: [
                "stage": "won", "amount": euros, "opened_at": "2026-06-01T00:00:00.001Z",
                "closed_at": "2026-06-01T00:00:00Z",
            ], pointers: ["/closed_at"], why: "closed a millisecond before it was opened"),
        Refused(
            input: ["stage": "lost", "opened_at": "2027-01-01T00:00:00Z", "closed_at": "2026-12-01T00:00:00Z"],
            pointers: ["/opened_at", "/closed_at", "/lost_reason"], why: "wrong in every way"),
    ]

    @Test("is refused with every fault", arguments: refused)
    func faults(_ row: Refused) throws {
        #expect(Set(try refusal { _ = try make(row.input) }.pointers) == row.pointers)
    }

    @Test("that is open is opened now where not said otherwise; of a closed one nobody knows")
    func opening() throws {
        let closed = "2026-06-01T00:00:00Z"
        let won: [String: JSON] = ["stage": "won", "amount": Self.euros, "closed_at": .string(closed)]
        #expect(try make(won)["opened_at"].isNull)
        #expect(try make([:])["opened_at"] == .instant(instant("2026-07-01T12:00:00Z")))
        let unknown = try make(won.merging(["opened_at": nil]) { $1 })
        #expect(unknown["opened_at"].isNull)
        #expect(StageEntry.all(of: unknown).map(\.enteredAt).first == .some(nil))
        #expect(unknown["closed_at"] == .instant(instant(closed)))
        #expect(try make(["opened_at": nil])["opened_at"].isNull)
    }

    @Test("that was won before anybody knows when it was opened makes its leads customers then")
    func unknownOpening() throws {
        let lead = try company.lead(in: .lead).lead
        _ = try make([
            "stage": "won", "amount": Self.euros, "opened_at": nil, "closed_at": "2026-06-01T00:00:00Z",
            "lead_ids": [lead.ref],
        ])
        let entries = StageEntry.all(of: try company.now(lead))
        #expect(entries.last?.stage == "customer")
        #expect(entries.last?.enteredAt == instant("2026-06-01T00:00:00Z"))
    }

    @Test("moves to any other open stage while it is open")
    func moving() throws {
        let deal = try make(["opened_at": "2026-03-01T00:00:00Z"])
        let moved = try company.act("move", deal, ["stage": "negotiation", "at": "2026-03-02T00:00:00Z"])
        #expect(moved.walk == ["prospecting", "~qualified", "~proposal", "negotiation"])
        let back = try company.act("move", deal, ["stage": "qualified", "at": "2026-03-03T00:00:00Z"])
        #expect(back.walk.suffix(2) == ["negotiation", "qualified"])
        #expect(try refusal { try company.act("move", deal, ["stage": "qualified"]) }.words.contains("already"))
        #expect(try refusal { try company.act("move", deal, ["stage": "won"]) }.pointers == ["/stage"])
        let early = try refusal { try company.act("move", deal, ["stage": "proposal", "at": "2026-03-02T23:59:59Z"]) }
        #expect(early.state("stage") == "qualified")
        try company.act("lose", deal, ["reason": "price"])
        #expect(try refusal { try company.act("move", deal, ["stage": "proposal"]) }.words.contains("reopen it first"))
    }

    @Test("is won for an amount and lost for a reason")
    func closing() throws {
        let deal = try make(["opened_at": "2026-03-01T00:00:00Z"])
        #expect(try refusal { try company.act("win", deal) }.pointers == ["/amount"])
        #expect(try refusal { try company.act("lose", deal) }.pointers == ["/reason"])
        #expect(try refusal { try company.act("lose", deal, ["reason": " "]) }.pointers == ["/reason"])
        let won = try company.act("win", deal, ["amount": Self.euros, "at": "2026-03-01T00:00:00Z"])
        #expect(won["closed_at"] == .instant(instant("2026-03-01T00:00:00Z")))
        #expect(won["amount"].money?.amount == 10_000)
        #expect(try refusal { try company.act("lose", deal, ["reason": "x"]) }.state("stage") == "won")
        let other = try make(["opened_at": "2026-03-01T00:00:00Z"])
        let early: JSON = ["reason": "price", "at": "2026-02-28T23:59:59.999Z"]
        #expect(try refusal { try company.act("lose", other, early) }.state("stage") == "prospecting")
        #expect(try company.act("lose", other, ["reason": "price"])["lost_reason"] == .text("price"))
    }

    @Test(
        "that is closed keeps what figures rest on",
        arguments: [
            ("amount", ["amount": 5, "currency": "EUR"]), ("opened_at", "2026-03-02T00:00:00Z"), ("lead_ids", []),
            ("account_id", nil),
        ] as [(String, JSON)])
    func settled(_ change: (name: String, value: JSON)) throws {
        let account = try company.create("accounts", ["name": "Borealis"])
        let lead = try company.lead(in: .lead).lead
        let deal = try make([
            "amount": Self.euros, "opened_at": "2026-03-05T00:00:00Z", "lead_ids": [lead.ref],
            "account_id": account.ref,
        ])
        try company.act("win", deal)
        let no = try refusal { try company.patch(deal, [change.name: change.value]) }
        #expect(no.words.contains("settled"))
        #expect(try company.patch(deal, ["product": "Pumps"])["product"] == .text("Pumps"))
        try company.act("reopen", deal)
        #expect(try company.patch(deal, [change.name: change.value]).version == 5)
    }

    @Test("that is opened at another time enters its first stage then, before the second")
    func movedOpening() throws {
        let deal = try make(["opened_at": "2026-03-01T00:00:00Z"])
        try company.act("move", deal, ["stage": "qualified", "at": "2026-03-02T00:00:00Z"])
        let late = try refusal { try company.patch(deal, ["opened_at": "2026-03-02T00:00:00.001Z"]) }
        #expect(late.pointers == ["/opened_at"])
        let moved = try company.patch(deal, ["opened_at": "2026-03-02T00:00:00Z"])
        #expect(StageEntry.all(of: moved)[0].enteredAt == instant("2026-03-02T00:00:00Z"))
        #expect(
            try refusal { try company.patch(deal, ["opened_at": "2026-07-01T12:00:01Z"]) }.pointers == ["/opened_at"])
    }

    @Test("that is won is not deleted; another takes its leads back")
    func deletion() throws {
        let staged = try company.lead(in: .opportunity)
        let deal = try #require(staged.deal)
        try company.act("win", deal)
        #expect(try refusal { try company.delete(deal) }.state("stage") == "won")
        try company.act("reopen", deal)
        try company.delete(deal)
        #expect(try company.now(staged.lead)["stage"] == .text("sql"))
        #expect(company.view.record("deals", deal.id) == nil)
        let lost = try make(["stage": "lost", "lost_reason": "price"])
        try company.delete(lost)
    }
}
