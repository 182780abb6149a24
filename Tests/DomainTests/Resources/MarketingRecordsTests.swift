import Domain
import JSON
import Store
import Testing

@Suite("Campaigns and the touches that come of them")
struct CampaignMatchingTests {
    let company: Company

    init() throws { company = try Company() }

    private func campaign(_ name: String, _ utm: JSON, channel: JSON = "email") throws -> Record {
        try company.create("campaigns", ["name": .string(name), "channel": channel, "utm": utm])
    }

    private func touch(_ members: [JSON.Member]) throws -> Record {
        try company.create("touches", .object([.init("visitor_id", "v"), .init("type", "visit")] + members))
    }

    private func name(_ touch: Record) -> String? {
        touch["campaign_id"].reference.flatMap { company.view.record("campaigns", $0) }?["name"].text
    }

    static let urls: [(url: String, name: String?, why: String)] = [
        ("https://x.example/?utm_source=news&utm_medium=email&utm_campaign=spring", "all", "all keys"),
        ("https://x.example/?utm_source=NEWS&utm_medium=Email&utm_campaign=Spring", "all", "letters of either case"),
        ("https://x.example/?utm_source=other&utm_campaign=spring", "named", "the campaign's key alone"),
        ("https://x.example/?utm_source=other&utm_medium=email&utm_campaign=spring", "named", "what no campaign has"),
        ("https://x.example/?utm_source=partner&utm_campaign=x", "source", "the source's key alone"),
        ("https://x.example/?utm_campaign=autumn&utm_medium=email", nil, "no campaign's"),
        ("https://x.example/?a=1#utm_campaign=spring", nil, "behind the fragment"),
    ]

    @Test("are matched by the utm keys of the address, the most keys first", arguments: urls)
    func matching(_ row: (url: String, name: String?, why: String)) throws {
        _ = try campaign("named", ["campaign": "spring"])
        _ = try campaign("all", ["source": "news", "medium": "email", "campaign": "Spring"])
        _ = try campaign("source", ["source": "partner"], channel: "partner")
        let touch = try touch([.init("url", .string(row.url)), .init("channel", "direct")])
        #expect(name(touch) == row.name, "\(row.why)")
    }

    @Test(
        "say the channel of a touch that names none, or else the medium does",
        arguments: [
            ("utm_source=partner", "partner"), ("utm_medium=cpc", "advertising"), ("utm_medium=Newsletter", "email"),
            ("utm_medium=organic&utm_source=x", "search"), ("utm_medium=social", "social_media"),
        ])
    func channels(_ query: String, _ channel: String) throws {
        _ = try campaign("source", ["source": "partner"], channel: "partner")
        #expect(try touch([.init("url", .string("https://x.example/?\(query)"))])["channel"].text == channel)
    }

    @Test("that say neither are refused, and two campaigns do not share keys")
    func refused() throws {
        #expect(
            try refusal { _ = try touch([.init("url", "https://x.example/?utm_medium=pigeon")]) }.pointers == [
                "/channel"
            ])
        let first = try campaign("a", ["campaign": "spring"])
        #expect(try refusal { _ = try campaign("b", ["campaign": "SPRING"]) }.state("id") == first.ref)
        try company.patch(first, ["utm": nil])
        _ = try campaign("b", ["campaign": "SPRING"])
    }

    @Test("are within one another, not in a circle and not too deep")
    func hierarchy() throws {
        var last = try campaign("1", nil)
        let first = last
        for number in 2...5 {
            last = try company.create(
                "campaigns", ["name": .string("\(number)"), "channel": "email", "parent_id": last.ref])
        }
        #expect(Campaign.family(of: first, in: company.view).count == 5)
        let no = try refusal {
            try company.create("campaigns", ["name": "6", "channel": "email", "parent_id": last.ref])
        }
        #expect(no.pointers == ["/parent_id"])
        #expect(try refusal { try company.patch(first, ["parent_id": last.ref]) }.pointers == ["/parent_id"])
        #expect(try refusal { try company.patch(first, ["parent_id": first.ref]) }.pointers == ["/parent_id"])
        #expect(try refusal { try company.delete(first) }.state("referred_by")?["campaigns.parent_id"] == 1)
        let top = try campaign("top", nil)
        #expect(try refusal { try company.patch(first, ["parent_id": top.ref]) }.pointers == ["/parent_id"])
    }

    @Test("cost what observations say, theirs and their parts', against the budget")
    func spend() throws {
        let parent = try company.create(
            "campaigns", ["name": "P", "channel": "email", "budget": ["amount": 100, "currency": "EUR"]])
        let child = try company.create("campaigns", ["name": "C", "channel": "email", "parent_id": parent.ref])
        func spend(_ campaign: Record, _ amount: Int64, _ day: String, _ currency: JSON = "EUR") throws {
            try company.create(
                "observations",
                [
                    "measure": "spend", "campaign_id": campaign.ref, "on": .string(day),
                    "amount": ["amount": .integer(amount), "currency": currency],
                ])
        }
        try spend(parent, 30, "2026-03-01")
        try spend(child, 50, "2026-03-01")
        try spend(child, 40, "2026-03-02")
        try company.create(
            "observations", ["measure": "clicks", "campaign_id": child.ref, "on": "2026-03-02", "value": 7])
        let json = try Spend.json(of: parent, in: company.view)
        #expect(json["spend"]?["amount"] == 120)
        #expect(json["remaining"]?["amount"] == -20)
        #expect(json["campaigns"]?.elements?.map { $0["spend"]?["amount"] } == [30, 90])
        try spend(child, 1, "2026-03-03", "USD")
        #expect(throws: Refusal.self) { try Spend.json(of: parent, in: company.view) }
        try company.create("exchange_rates", ["from": "USD", "to": "EUR", "on": "2026-03-01", "rate": 2])
        #expect(try Spend.json(of: parent, in: company.view)["spend"] == ["amount": 122, "currency": "EUR"])
    }
}

@Suite("A touch by a machine")
struct BotTests {
    let company: Company
    let lead: Record

    init() throws {
        company = try Company()
        lead = try company.create("leads", ["name": "Ada", "email": "ada@example.com"])
    }

    @discardableResult
    private func touch(_ type: String, _ second: Int, _ link: String? = nil, _ more: [JSON.Member] = []) throws
        -> Record
    {
        var members: [JSON.Member] = [
            .init("lead_id", lead.ref), .init("type", .string(type)), .init("channel", "email"),
            .init("occurred_at", .string("2026-03-01T10:00:\(second < 10 ? "0" : "")\(second)Z")),
        ]
        if let link { members.append(.init("url", .string("https://x.example/\(link)"))) }
        if !more.contains(where: { $0.name == "message_id" }) { members.append(.init("message_id", "m")) }
        return try company.create("touches", .object(members + more))
    }

    private func flagged(_ touches: [Record]) throws -> [Bool] {
        try touches.map { try company.now($0)["suspected_bot"] == .bool(true) }
    }

    @Test("is a click seconds after delivery where every link is clicked; what came before is flagged too")
    func scanner() throws {
        try touch("email_delivered", 0, nil, [.init("links", 3)])
        let clicks = [
            try touch("email_click", 1, "a"), try touch("email_click", 2, "b"), try touch("email_click", 2, "c"),
        ]
        #expect(try flagged(clicks) == [true, true, true])
        let later = try touch("email_click", 40, "a")
        #expect(try flagged([later]) == [false], "a person comes later")
    }

    @Test("is not a click on some links, nor one that people have time for, nor one on another mail")
    func people() throws {
        try touch("email_delivered", 0, nil, [.init("links", 3)])
        let some = [
            try touch("email_click", 1, "a"), try touch("email_click", 1, "a"), try touch("email_click", 5, "b"),
            try touch("email_click", 11, "c"), try touch("email_click", 2, "d", [.init("message_id", "n")]),
        ]
        #expect(try flagged(some) == [false, false, false, false, false])
        let last = try touch("email_click", 10, "c")
        #expect(try flagged(some + [last]) == [true, true, true, false, false, true])
    }

    @Test(
        "is known by its name",
        arguments: [
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", true),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
                false
            ),
            ("Barracuda Sentinel (EE)", true), ("curl/8.5.0", true), ("", false),
            ("Mozilla/5.0 (Linux; Android 12; CUBOT X50) AppleWebKit/537.36", false),
            ("Mozilla/5.0 (via ggpht.com GoogleImageProxy)", false),
        ])
    func agents(_ agent: String, _ isBot: Bool) throws {
        let touch = try touch("visit", 0, nil, [.init("user_agent", .string(agent))])
        #expect((touch["suspected_bot"] == .bool(true)) == isBot)
    }

    @Test(
        "is told also where the delivery is told last, or only that it was sent",
        arguments: [
            "email_delivered", "email_sent",
        ])
    func late(_ type: String) throws {
        let clicks = [try touch("email_click", 1, "a"), try touch("email_click", 2, "b", [.init("visitor_id", "v")])]
        #expect(try flagged(clicks) == [false, false])
        try touch(type, 0, nil, [.init("links", 2)])
        #expect(try flagged(clicks) == [true, true])
    }

    @Test("unsubscribing allows no more mail")
    func unsubscribe() throws {
        try company.patch(lead, ["consent": ["email": "granted", "source": "form"]])
        try touch("email_unsubscribe", 0)
        #expect(try company.now(lead)["consent"].parts[0].text == "denied")
    }
}

@Suite("An observation")
struct ObservationTests {
    let company: Company

    init() throws { company = try Company() }

    private func post(_ value: Int64, _ more: [JSON.Member] = []) throws -> Record {
        try company.create(
            "observations",
            .object(
                [
                    .init("measure", "sessions"), .init("channel", "search"), .init("on", "2026-03-01"),
                    .init("value", .integer(value)),
                ] + more))
    }

    @Test("is corrected by posting it again, and is another where the key is another")
    func again() throws {
        let first = try post(10)
        let second = try post(12)
        #expect(first.id == second.id)
        #expect(second["value"] == .number(12))
        #expect(second.version == 2)
        #expect(try post(12).version == 2, "the same again is no change")
        #expect(company.view.count("observations") == 1)
        _ = try company.create(
            "observations", ["measure": "sessions", "channel": "email", "on": "2026-03-01", "value": 1])
        #expect(company.view.count("observations") == 2)
    }

    @Test("is corrected as by a patch, where a null of its key is what was not given", arguments: [false, true])
    func corrected(asBytes: Bool) throws {
        let campaign = try company.create("campaigns", ["name": "Spring", "channel": "search"])
        func post(_ members: [JSON.Member]) throws -> Record {
            let input = JSON.object(
                [.init("measure", "clicks"), .init("campaign_id", campaign.ref), .init("channel", .null)]
                    + [.init("on", "2026-03-01")] + members)
            let posted =
                asBytes
                ? try Posted(Observation.self, reading: JSONWriter.encode(input)) : Posted(Observation.self, input)
            return try company.perform { transaction throws(Refusal) in
                try Commands.create(posted, in: &transaction)
            }
        }
        let first = try post([.init("value", 5), .init("custom", ["a": 1, "b": 2])])
        #expect(first["channel"] == .text("search"))
        let second = try post([.init("value", 6), .init("custom", ["a": .null])])
        #expect(second.id == first.id)
        #expect(second["value"] == .number(6))
        #expect(second["custom"] == .json(["b": 2]))
        #expect(try post([.init("value", 6), .init("custom", .null)])["custom"] == .json([:]))
    }

    @Test(
        "is refused where it is wrong",
        arguments: [
            (["measure": "spend", "on": "2026-03-01", "value": 1], ["/amount", "/value"]),
            (
                ["measure": "clicks", "on": "2026-03-01", "amount": ["amount": 1, "currency": "EUR"]],
                ["/value", "/amount"]
            ),
            (["measure": "clicks", "on": "2026-07-03", "value": 1], ["/on"]),
            (["measure": "clicks", "value": 1], ["/on"]),
            (["measure": "clicks", "on": "2026-03-01", "value": -1], ["/value"]),
            (["measure": "nps", "on": "2026-03-01", "value": -101], ["/value"]),
            (["measure": "nps", "on": "2026-03-01", "value": 101], ["/value"]),
            (["measure": "aided_awareness", "on": "2026-03-01", "value": 100.5], ["/value"]),
            (["measure": "share_of_voice", "on": "2026-03-01", "value": -1], ["/value"]),
            (["measure": "cliks", "on": "2026-03-01", "value": 1], ["/measure"]),
            (["measure": "spend", "on": "2026-03-01", "amount": ["amount": -1, "currency": "EUR"]], ["/amount"]),
        ] as [(JSON, [String])])
    func refused(_ input: JSON, _ pointers: [String]) throws {
        #expect(try refusal { try company.create("observations", input) }.pointers == pointers)
    }

    @Test("of promoters less detractors is negative where these are more")
    func detractors() throws {
        let score = try company.create("observations", ["measure": "nps", "on": "2026-03-01", "value": -50])
        #expect(score["value"] == .number(-50))
    }
}

@Suite("A segment")
struct SegmentTests {
    @Test("has whoever its filter holds for now")
    func members() throws {
        let company = try Company()
        let segment = try company.create(
            "segments", ["name": "Search", "filter": "source.channel=search&stage.in=lead,mql&tags=vip"])
        let filter = Segment.filter(of: segment)
        let lead = try company.create("leads", ["name": "A", "source": ["channel": "search"], "tags": ["vip", "x"]])
        #expect(filter.conditions.allSatisfy { $0.holds(for: lead) })
        let out = try company.act("disqualify", lead, ["reason": "x"])
        #expect(!filter.conditions.allSatisfy { $0.holds(for: out) })
    }

    @Test(
        "is refused where its filter says nothing that there is",
        arguments: [
            "stge=lead", "stage=led", "stage", "created_at.gte=soon", "score.like=5", "=x",
        ])
    func refused(_ filter: String) throws {
        let company = try Company()
        let no = try refusal { try company.create("segments", ["name": "S", "filter": .string(filter)]) }
        #expect(no.pointers == ["/filter"])
    }
}
