import Domain
import JSON
import Store
import Testing

@Suite("Any record")
struct CommandsTests {
    let company: Company

    init() throws { company = try Company() }

    @Test("is refused with every fault at once, each with its place")
    func everyFault() throws {
        let input: JSON = [
            "nmae": "Ada", "email": "no address", "version": 3, "id": "lead_1", "stage": "mqll",
            "source": ["channel": "serach", "campaign_id": "campaign_1", "landing": "x"], "tags": ["a", nil, 5],
            "custom": ["a": ["b": 1]], "captured_at": "yesterday",
        ]
        let no = try refusal { try company.create("leads", input) }
        let expected: Set = [
            "/nmae", "/email", "/version", "/id", "/stage", "/source/channel", "/source/campaign_id", "/source/landing",
            "/tags/1", "/tags/2", "/custom/a", "/captured_at",
        ]
        #expect(Set(no.pointers) == expected)
        guard case .invalid(let faults) = no else { return }
        let details = Dictionary(faults.map { ($0.pointer, $0.detail) }, uniquingKeysWith: { first, _ in first })
        #expect(details["/nmae"] == "there is no such member; did you mean \"name\"?")
        #expect(details["/source/channel"]?.hasSuffix("did you mean \"search\"?") == true)
        #expect(details["/version"] == "is read-only")
    }

    static let rules: [(resource: String, input: JSON, pointers: Set<String>)] = [
        ("leads", ["stage": "sql", "captured_at": "2027-01-01T00:00:00Z"], ["/name", "/stage", "/captured_at"]),
        ("leads", ["name": " "], ["/name"]),
        ("touches", ["type": "click", "occurred_at": "2027-01-01"], ["/lead_id", "/channel", "/occurred_at"]),
        ("activities", ["type": "call", "occurred_at": "2027-01-01"], ["/lead_id", "/occurred_at"]),
        ("users", ["email": "a@b.example"], ["/name", "/role"]),
        ("users", ["name": "", "role": "admin"], ["/name"]),
        ("teams", [:], ["/name", "/department"]), ("accounts", [], [""]), ("accounts", nil, [""]),
        (
            "campaigns", ["name": "A", "channel": "email", "starts_on": "2026-02-02", "ends_on": "2026-02-01"],
            ["/ends_on"]
        ),
        ("handoffs", [:], ["/lead_id"]), ("deals", [:], ["/name"]),
        (
            "deals", ["name": "A", "amount": ["amount": 9_007_199_254_740_992, "currency": "EUR"]],
            ["/amount/amount"]
        ),
        (
            "campaigns", ["name": "A", "channel": "email", "budget": ["amount": .integer(.min), "currency": "EUR"]],
            ["/budget/amount"]
        ),
        ("accounts", ["name": "A", "custom": ["order": 123456789012345678901234567890.0]], ["/custom/order"]),
        ("accounts", ["name": "A", "custom": ["": 1]], ["/custom"]),
        ("accounts", ["name": "A", "custom": ["a\u{7}": 1]], ["/custom"]),
        ("accounts", ["name": "A", "custom": .object([.init(String(repeating: "k", count: 101), 1)])], ["/custom"]),
        ("accounts", ["name": "A", "custom": ["a": "b\u{0}"]], ["/custom/a"]),
        ("accounts", ["name": "A\u{0}B"], ["/name"]),
        ("contents", ["title": "A", "kind": "article", "phases": ["vip"]], ["/phases/0"]),
        (
            "contents", ["title": "A", "kind": "article", "objection_categories": ["price", "x"]],
            ["/objection_categories/1"]
        ),
    ]

    @Test("keeps the rules of its kind", arguments: rules)
    func keepsRules(_ row: (resource: String, input: JSON, pointers: Set<String>)) throws {
        #expect(Set(try refusal { try company.create(row.resource, row.input) }.pointers) == row.pointers)
        #expect(company.view.seq == 0)
    }

    @Test("can be sent back as it was read, which changes nothing")
    func sentBack() throws {
        let campaign = try company.create("campaigns", ["name": "Fair", "channel": "event"])
        let records: [Record] = [
            try company.create(
                "leads",
                [
                    "name": "Ada", "email": "ada@a.example", "tags": ["x"], "visitor_ids": ["v"],
                    "source": ["channel": "event", "campaign_id": campaign.ref],
                    "custom": ["b": 1, "a": 1.5, "c": true], "external_ids": ["crm": "7", "old": "8"],
                ]),
            try company.create("deals", ["name": "A", "amount": ["amount": 5, "currency": "EUR"]]),
            try company.create("touches", ["type": "click", "channel": "email", "visitor_id": "v"]),
            try #require(try company.lead(in: .customer).deal), try #require(try company.lead(in: .sal).handOff),
            campaign,
        ]
        for record in records {
            let now = try company.now(record)
            let seq = company.view.seq
            #expect(try company.patch(now, now.json).version == now.version)
            #expect(company.view.seq == seq)
        }
    }

    @Test("is not changed by members in another order")
    func orderOfMembers() throws {
        let lead = try company.create(
            "leads", ["name": "Ada", "custom": ["a": 1, "b": 2], "source": ["channel": "email"]])
        #expect(try company.patch(lead, ["custom": ["b": 2, "a": 1]]).version == 1)
        #expect(try company.patch(lead, ["custom": ["a": 1]]).version == 1)
        #expect(try company.patch(lead, ["custom": ["z": nil]]).version == 1)
        #expect(try company.patch(lead, [:]).version == 1)
        #expect(try company.patch(lead, ["custom": ["a": 3]])["custom"] == .json(["a": 3, "b": 2]))
    }

    @Test("is merged member by member, and null takes away")
    func merging() throws {
        let lead = try company.create(
            "leads",
            [
                "name": "Ada", "title": "Head", "source": ["channel": "email", "medium": "paid", "detail": "x"],
                "custom": ["a": 1, "b": 2], "external_ids": ["crm": "7", "old": "8"], "tags": ["x"],
            ])
        let patched = try company.patch(
            lead,
            [
                "title": nil, "source": ["medium": nil, "detail": "y"], "custom": ["a": nil, "c": 3],
                "external_ids": ["old": nil], "tags": ["y"],
            ])
        #expect(patched["title"].isNull)
        #expect(patched.json["source"]?["channel"] == "email")
        #expect(patched.json["source"]?["medium"] == .null)
        #expect(patched.json["source"]?["detail"] == "y")
        #expect(patched.json["custom"] == ["b": 2, "c": 3])
        #expect(patched.json["external_ids"] == ["crm": "7"])
        #expect(patched.json["tags"] == ["y"])
        let emptied = try company.patch(lead, ["source": nil, "custom": nil, "tags": nil])
        #expect(emptied["source"].isNull)
        #expect(emptied.json["custom"] == [:])
        #expect(emptied.json["tags"] == [])
        #expect(emptied.version == 3)
        let euros = try company.create("deals", ["name": "A", "amount": ["amount": 5, "currency": "EUR"]])
        #expect(try company.patch(euros, ["amount": ["amount": 6]])["amount"].money?.currency.description == "EUR")
        #expect(try refusal { try company.patch(euros, ["amount": ["amount": nil]]) }.pointers == ["/amount/amount"])
    }

    @Test("keeps what is required, what is read-only, and what is given when it is made")
    func patchFaults() throws {
        let user = try company.create("users", ["name": "Rosa", "role": "admin"])
        let no = try refusal {
            try company.patch(user, ["name": nil, "names": "x", "role": "", "created_at": "2026-01-01"])
        }
        #expect(Set(no.pointers) == ["/name", "/names", "/role", "/created_at"])
        #expect(try refusal { try company.patch(user, ["id": "user_1"]) }.pointers == ["/id"])
        let lead = try company.lead(in: .lead).lead
        let fixed = try refusal {
            try company.patch(
                lead, ["stage": "mql", "captured_at": "2026-01-01", "phase": "purchase", "stage_history": []])
        }
        #expect(Set(fixed.pointers) == ["/stage", "/captured_at", "/phase", "/stage_history"])
        #expect(fixed.words.contains("/qualify"))
        #expect(try refusal { try company.patch(lead, ["name": nil]) }.words == "a lead needs a name or an email")
    }

    @Test("has an e-mail address that no other has, whatever the case of its letters")
    func uniqueEmail() throws {
        let ada = try company.create("leads", ["email": "Ada@Example.com"])
        #expect(ada["email"] == .text("Ada@Example.com"))
        let no = try refusal { try company.create("leads", ["email": "aDA@example.COM"]) }
        #expect(no.state("id") == ada.ref)
        #expect(no.state("href") == .string("/v1/leads/\(ada.idText)"))
        let bo = try company.create("leads", ["email": "bo@example.com"])
        #expect(try refusal { try company.patch(bo, ["email": "ADA@example.com"]) }.state("id") == ada.ref)
        #expect(try company.patch(ada, ["email": "ada@example.com"]).version == 2)
        try company.create("users", ["name": "Ada", "email": "ada@example.com", "role": "admin"])
        try company.delete(ada)
        try company.patch(bo, ["email": "ada@example.com"])
    }

    @Test("refers to what there is, also inside and in lists")
    func dangling() throws {
        let gone = try company.create("leads", ["name": "Gone"])
        let campaign = try company.create("campaigns", ["name": "Fair", "channel": "event"])
        let account = try company.create("accounts", ["name": "A"])
        for record in [gone, campaign, account] { try company.delete(record) }
        let lead = try company.lead(in: .lead).lead
        let deal: JSON = ["name": "A", "lead_ids": [lead.ref, gone.ref], "account_id": account.ref]
        #expect(Set(try refusal { try company.create("deals", deal) }.pointers) == ["/lead_ids/1", "/account_id"])
        let inside: JSON = ["source": ["campaign_id": campaign.ref]]
        #expect(try refusal { try company.patch(lead, inside) }.pointers == ["/source/campaign_id"])
        #expect(try refusal { try company.patch(lead, ["account_id": lead.ref]) }.pointers == ["/account_id"])
        #expect(try refusal { try company.act("handoff", lead, ["to": gone.ref]) }.pointers == ["/to"])
    }

    @Test("that others refer to is not deleted, and the refusal says by what")
    func referred() throws {
        let campaign = try company.create("campaigns", ["name": "Fair", "channel": "event"])
        let lead = try company.create("leads", ["name": "Ada", "source": ["campaign_id": campaign.ref]])
        try company.create("touches", ["type": "click", "lead_id": lead.ref, "campaign_id": campaign.ref])
        try company.create("touches", ["type": "visit", "lead_id": lead.ref, "campaign_id": campaign.ref])
        let no = try refusal { try company.delete(campaign) }
        #expect(no.state("referred_by") == ["touches.campaign_id": 2, "leads.source.campaign_id": 1])
        let deal = try company.deal(with: lead, at: "2026-07-01T12:00:00Z")
        let byDeal = try refusal { try company.delete(lead) }
        #expect(byDeal.state("referred_by") == ["touches.lead_id": 2, "deals.lead_ids": 1])
        try company.delete(deal)
        let account = try company.create("accounts", ["name": "A"])
        #expect(try refusal { try company.delete(account, version: 7) }.words == "at version 1")
        try company.delete(account, version: 1)
    }
}
