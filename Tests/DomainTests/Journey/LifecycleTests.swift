import Domain
import JSON
import Store
import Testing

@Suite("A lead's way")
struct LifecycleTests {
    let company: Company

    init() throws { company = try Company() }

    @Test("is kept entry by entry, to customer")
    func wholeWay() throws {
        let lead = try company.now(company.lead(in: .customer).lead)
        #expect(lead.walk == ["lead", "mql", "sal", "sql", "opportunity", "customer"])
        #expect(lead["phase"] == .text("post_purchase"))
        let entries = StageEntry.all(of: lead)
        #expect(entries.map { $0.enteredAt?.description ?? "" } == (1...6).map { "2026-03-0\($0)T12:00:00Z" })
        #expect(zip(entries, entries.dropFirst()).allSatisfy { $0.leftAt == $1.enteredAt })
        #expect(entries.last?.leftAt == nil)
    }

    static let actions: [(name: String, input: JSON, stages: Set<Stage>)] = [
        ("qualify", ["stage": "mql"], [.lead]),
        ("qualify", ["stage": "sql"], [.sal]),
        ("disqualify", ["reason": "no need"], [.lead, .mql, .sal, .sql]),
        ("recycle", ["reason": "later"], [.mql, .sal, .sql, .disqualified]),
    ]

    @Test(
        "goes on by actions where the table says so, and changes nothing elsewhere", arguments: actions, Stage.allCases)
    func doesAction(_ action: (name: String, input: JSON, stages: Set<Stage>), in stage: Stage) throws {
        let lead = try company.now(company.lead(in: stage).lead)
        if action.stages.contains(stage) {
            #expect(try company.act(action.name, lead, action.input).version == lead.version + 1)
            return
        }
        let seq = company.view.seq
        let no = try refusal { try company.act(action.name, lead, action.input) }
        #expect(no.state("stage") == .string(stage.rawValue))
        #expect(company.view.seq == seq)
        #expect(try company.now(lead).encoded == lead.encoded)
    }

    @Test("goes to the next department's stage where none is named")
    func nextStage() throws {
        #expect(try company.act("qualify", company.lead(in: .lead).lead)["stage"] == .text("mql"))
        #expect(try company.act("qualify", company.lead(in: .sal).lead)["stage"] == .text("sql"))
        let no = try refusal { try company.act("qualify", company.lead(in: .mql).lead) }
        #expect(no.words.contains("hand it off"))
    }

    @Test("to sql leads over a hand-off alone")
    func noAcceptanceWithoutHandOff() throws {
        for stage in ["sal", "sql", "opportunity", "customer", "disqualified"] {
            let no = try refusal { try company.create("leads", ["name": "Ada", "stage": .string(stage)]) }
            #expect(no.pointers == ["/stage"])
        }
        let no = try refusal { try company.act("qualify", company.lead(in: .mql).lead, ["stage": "sql"]) }
        #expect(no.state("stage") == "mql")
        #expect(
            try refusal { try company.act("qualify", company.lead(in: .mql).lead, ["stage": "sal"]) }.pointers == [
                "/stage"
            ])
    }

    @Test("can begin as mql, entered when captured")
    func madeAsMQL() throws {
        let lead = try company.create(
            "leads", ["name": "Ada", "stage": "mql", "captured_at": "2026-03-01T12:00:00Z"])
        #expect(lead.walk == ["lead", "mql"])
        #expect(
            StageEntry.all(of: lead).map(\.enteredAt) == [
                instant("2026-03-01T12:00:00Z"), instant("2026-03-01T12:00:00Z"),
            ])
        #expect(lead["phase"] == .text("consideration"))
    }

    @Test("has the skipped stages in it, implied")
    func skippedStages() throws {
        let lead = try company.lead(in: .lead).lead
        let deal = try company.deal(with: lead, at: "2026-03-02T12:00:00Z")
        #expect(try company.now(lead).walk == ["lead", "~mql", "~sal", "~sql", "opportunity"])
        try company.act("win", deal)
        #expect(try company.now(lead).walk.last == "customer")
    }

    @Test("begins again at lead after it was recycled, with the reason kept")
    func recycled() throws {
        let lead = try company.act("recycle", company.lead(in: .sql).lead, ["reason": "next year"])
        #expect(lead.walk == ["lead", "mql", "sal", "sql", "lead"])
        #expect(StageEntry.all(of: lead).last?.reason == "next year")
        let out = try company.act("disqualify", lead, ["reason": "a student"])
        #expect(out["phase"].isNull)
        #expect(try company.act("recycle", out, ["reason": "graduated"])["phase"] == .text("awareness"))
    }

    static let reasonless: [(action: String, stage: Stage)] = [("disqualify", .lead), ("recycle", .mql)]
    static let emptyReasons: [JSON] = [[:], ["reason": nil], ["reason": ""], ["reason": "  \n"]]

    @Test("never ends in silence: a reason is required", arguments: reasonless, emptyReasons)
    func reasons(_ row: (action: String, stage: Stage), _ input: JSON) throws {
        let lead = try company.lead(in: row.stage).lead
        #expect(try refusal { try company.act(row.action, lead, input) }.pointers == ["/reason"])
    }

    static let times: [(at: String, isRefused: Bool)] = [
        ("2026-07-01T12:00:00Z", false), ("2026-07-01T12:00:00.001Z", true), ("2026-03-02T12:00:00Z", false),
        ("2026-03-02T11:59:59.999Z", true),
    ]

    @Test("is in order of time, and not in the future", arguments: times)
    func order(_ row: (at: String, isRefused: Bool)) throws {
        let lead = try company.now(company.lead(in: .mql).lead)
        let input: JSON = ["reason": "later", "at": .string(row.at)]
        guard row.isRefused else {
            #expect(try company.act("recycle", lead, input).version == lead.version + 1)
            return
        }
        _ = try refusal { try company.act("recycle", lead, input) }
        #expect(try company.now(lead).encoded == lead.encoded)
    }

    @Test("tells every fault of an action's input at once")
    func actionFaults() throws {
        let lead = try company.lead(in: .lead).lead
        let no = try refusal {
            try company.act("disqualify", lead, ["resaon": "x", "at": "2027-01-01T00:00:00Z", "reason": 5])
        }
        #expect(Set(no.pointers) == ["/resaon", "/at", "/reason"])
        #expect(no.words.contains("did you mean \"reason\"?"))
    }

    @Test("is not shortened by who saw an older version")
    func staleVersion() throws {
        let lead = try company.lead(in: .lead).lead
        let patched = try company.patch(lead, ["title": "Head"], version: 1)
        #expect(patched.version == 2)
        let no = try refusal { try company.patch(lead, ["title": "Chief"], version: 1) }
        guard case .stale(let version, _) = no else { return #expect(Bool(false), "\(no)") }
        #expect(version == 2)
    }
}
