import Domain
import JSON
import Store
import Testing

@Suite("A role")
struct AuthorityTests {
    let company: Company
    let rosa: Record
    let kurt: Record
    let lead: Record
    let deal: Record

    init() throws {
        company = try Company()
        rosa = try company.seller("Rosa")
        kurt = try company.seller("Kurt")
        lead = try company.create("leads", ["name": "Ada", "owner_id": rosa.ref])
        deal = try company.create(
            "deals",
            ["name": "A deal", "owner_id": rosa.ref, "amount": ["amount": 10_000, "currency": "EUR"]])
    }

    @Test("moves, wins and changes one's own deals, and not another's")
    func ownDeals() throws {
        let refused = try refusal {
            try company.acting(.salesRepresentative, kurt) { _ = try company.act("win", deal) }
        }
        #expect(refused.words == "a sales_representative may not win this deal")
        guard case .forbidden(_, let roles) = refused else { Issue.record("\(refused)"); return }
        #expect(roles == ["sales_manager", "admin"])
        #expect(throws: Refusal.self) {
            try company.acting(.salesRepresentative, kurt) { _ = try company.patch(deal, ["name": "Mine"]) }
        }
        #expect(throws: Refusal.self) {
            try company.acting(.salesRepresentative, kurt) { try company.delete(deal) }
        }
        #expect(try company.now(deal).version == 1)
        try company.acting(.salesRepresentative, rosa) {
            try company.patch(deal, ["name": "Bigger"])
            try company.act("win", deal)
        }
        #expect(try company.now(deal)["stage"].text == "won")
    }

    @Test("of a department takes away its own goals, and not the other's")
    func goals() throws {
        let goal = try company.create(
            "goals",
            [
                "name": "G", "department": "marketing", "metric": "leads_created", "target": 10, "from": "2026-01-01",
                "to": "2027-01-01",
            ])
        let chief = try company.create("users", ["name": "Chief", "role": "sales_manager"])
        #expect(throws: Refusal.self) { try company.acting(.salesManager, chief) { try company.delete(goal) } }
        let head = try company.create("users", ["name": "Head", "role": "marketing_manager"])
        try company.acting(.marketingManager, head) { try company.delete(goal) }
    }

    @Test("books what an account bought for its owner alone, whoever's the person is that is named too")
    func purchases() throws {
        let manager = try company.create("users", ["name": "Ann", "role": "account_manager"])
        let mine = try company.create("leads", ["name": "Bo", "owner_id": manager.ref])
        let accounts = try [rosa, manager].map { owner in
            try company.create("accounts", ["name": "Acme", "owner_id": owner.ref])
        }
        func buy(of account: Record) throws -> Record {
            try company.create(
                "purchases",
                [
                    "account_id": account.ref, "lead_id": mine.ref, "kind": "new",
                    "amount": ["amount": 100, "currency": "EUR"],
                ])
        }
        let others = try buy(of: accounts[0])
        try company.acting(.accountManager, manager) {
            #expect(throws: Refusal.self) { _ = try buy(of: accounts[0]) }
            #expect(throws: Refusal.self) { try company.delete(others) }
            try company.delete(try buy(of: accounts[1]))
        }
    }

    @Test("that writes its own does not give it away; a manager does")
    func givingAway() throws {
        #expect(throws: Refusal.self) {
            try company.acting(.salesRepresentative, rosa) { _ = try company.patch(lead, ["owner_id": kurt.ref]) }
        }
        let chief = try company.create("users", ["name": "Chief", "role": "sales_manager"])
        try company.acting(.salesManager, chief) { _ = try company.patch(lead, ["owner_id": kurt.ref]) }
        #expect(try company.now(lead)["owner_id"].reference == kurt.id)
    }

    @Test("merges what is its own into its own, and takes nobody else's that way")
    func merging() throws {
        let other = try company.create("leads", ["name": "Bo", "owner_id": kurt.ref, "phone": "+49 30 1234567"])
        let own = try company.create("leads", ["name": "Cy", "owner_id": rosa.ref])
        #expect(throws: Refusal.self) {
            try company.acting(.salesRepresentative, rosa) { _ = try company.act("merge", lead, ["from": other.ref]) }
        }
        #expect(try company.now(other)["phone"].text == "+49 30 1234567")
        #expect(try company.now(lead)["phone"].isNull)
        try company.acting(.salesRepresentative, rosa) { _ = try company.act("merge", lead, ["from": own.ref]) }
    }

    @Test("names nothing that it does not see, in what it makes and in what it changes, and keeps what is named")
    func naming() throws {
        let words = "there is no lead \(lead.idText)"
        let inputs: [(String, JSON)] = [
            ("deals", ["name": "D", "lead_ids": [lead.ref]]),
            ("deals", ["name": "D", "buyers": [["lead_id": lead.ref, "role": "user"]]]),
            ("activities", ["type": "call", "lead_id": lead.ref]),
            ("insights", ["kind": "feedback", "quote": "no", "lead_id": lead.ref]),
        ]
        for (resource, input) in inputs {
            let refused = try refusal {
                try company.acting(.salesRepresentative, kurt) { _ = try company.create(resource, input) }
            }
            guard case .invalid(let faults) = refused else { Issue.record("\(resource): \(refused)"); return }
            #expect(faults.map(\.detail) == [words], "\(resource)")
        }
        #expect(try company.now(lead)["stage"].text == "lead")
        let own = try company.create("deals", ["name": "K", "owner_id": kurt.ref, "lead_ids": [lead.ref]])
        let other = try company.create("leads", ["name": "Bo", "owner_id": rosa.ref])
        try company.acting(.salesRepresentative, kurt) {
            try company.patch(own, ["name": "Kurt's"])
            #expect(throws: Refusal.self) { try company.patch(own, ["lead_ids": [lead.ref, other.ref]]) }
        }
        try company.acting(.salesRepresentative, rosa) {
            _ = try company.create("activities", ["type": "call", "lead_id": lead.ref])
        }
    }

    @Test("does not see what was heard of a lead that it does not see")
    func insights() throws {
        let insight = try company.create("insights", ["kind": "feedback", "quote": "too dear", "lead_id": lead.ref])
        for (user, sees) in [(rosa, true), (kurt, false)] {
            let author = Author(actor: "", request: "", role: "sales_representative", user: user.id)
            #expect(Sight(of: author, in: company.view).sees(insight, in: company.view) == sees)
        }
    }

    @Test("that makes none is told who does, and that makes its own who makes others'")
    func makers() throws {
        let mara = try company.create("users", ["name": "Mara", "role": "marketing_manager"])
        let cases: [(Role, Record, [String])] = [
            (.marketingManager, mara, ["sales_manager", "sales_representative", "account_manager", "admin"]),
            (.salesRepresentative, kurt, ["sales_manager", "admin"]),
        ]
        for (role, user, expected) in cases {
            let refused = try refusal {
                try company.acting(role, user) {
                    _ = try company.create("deals", ["name": "D", "owner_id": rosa.ref])
                }
            }
            guard case .forbidden(_, let roles) = refused else { Issue.record("\(refused)"); return }
            #expect(roles == expected, "\(role)")
        }
    }

    @Test("of marketing makes a lead mql, and of sales what it accepted sql")
    func qualifying() throws {
        let mara = try company.create("users", ["name": "Mara", "role": "marketing_manager"])
        let fresh = try company.create("leads", ["name": "Eve", "owner_id": rosa.ref])
        try company.acting(.marketingManager, mara) { _ = try company.act("qualify", fresh) }
        #expect(try company.now(fresh)["stage"].text == "mql")
        try company.act("accept", company.create("handoffs", ["lead_id": fresh.ref, "to": rosa.ref]))
        let refused = try refusal {
            try company.acting(.marketingManager, mara) { _ = try company.act("qualify", company.now(fresh)) }
        }
        guard case .forbidden(_, let roles) = refused else { Issue.record("\(refused)"); return }
        #expect(roles.contains("sales_manager") && !roles.contains("marketing_manager"))
        try company.acting(.salesRepresentative, rosa) { _ = try company.act("qualify", company.now(fresh)) }
        #expect(try company.now(fresh)["stage"].text == "sql")
    }

    @Test("sees a lead that it is to answer for, and what is about it, until it has answered")
    func handedLead() throws {
        let mara = try company.create("users", ["name": "Mara", "role": "digital_marketer"])
        let handed = try company.create(
            "leads", ["name": "Eve", "stage": "mql", "email": "eve@x.example", "owner_id": mara.ref])
        let touch = try company.create("touches", ["type": "visit", "channel": "direct", "lead_id": handed.ref])
        func sees(_ user: Record, _ record: Record) -> Bool {
            let author = Author(actor: "", request: "", role: "sales_representative", user: user.id)
            return Sight(of: author, in: company.view).sees(record, in: company.view)
        }
        #expect(!sees(rosa, handed))
        let handOff = try company.create("handoffs", ["lead_id": handed.ref, "to": rosa.ref])
        for record in [handed, touch] {
            #expect(sees(rosa, record))
            #expect(!sees(kurt, record))
        }
        try company.acting(.salesRepresentative, rosa) {
            _ = try company.create("activities", ["type": "call", "lead_id": handed.ref])
        }
        try company.act("reject", handOff, ["reason": "no budget", "reason_class": "definitional"])
        #expect(!sees(rosa, touch))
        #expect(try !sees(rosa, company.now(handed)))
    }

    @Test("erases nobody who was deleted or merged and whom one does not see")
    func eraseGone() throws {
        let mara = try company.create("users", ["name": "Mara", "role": "marketing_manager", "visibility": "own"])
        let leads = try (1...3).map { _ in try company.create("leads", ["name": "Eve", "owner_id": rosa.ref]) }
        try company.delete(leads[0])
        try company.act("merge", leads[1], ["from": leads[2].ref])
        func erase(_ lead: Record) throws {
            _ = try company.perform { transaction throws(Refusal) in
                try Erasure.erase(lead.idText, erased: nil, in: &transaction)
            }
        }
        for gone in [leads[0], leads[2]] {
            let refused = try refusal { try company.acting(.marketingManager, mara) { try erase(gone) } }
            #expect("\(refused)".contains("missing") && !"\(refused)".contains(leads[1].idText), "\(refused)")
        }
        try company.acting(.marketingManager) { try erase(leads[0]) }
    }

    @Test("hands in the form of a person whom sales has by now, and changes nothing of them else")
    func formOfAnother() throws {
        let mara = try company.create("users", ["name": "Mara", "role": "digital_marketer", "visibility": "own"])
        let known = try company.create("leads", ["name": "Eve", "stage": "mql", "email": "eve@x.example"])
        try company.act("accept", company.create("handoffs", ["lead_id": known.ref, "to": rosa.ref]))
        try company.acting(.digitalMarketer, mara) {
            #expect(throws: Refusal.self) { try company.patch(known, ["phone": "1"]) }
            _ = try company.perform { transaction throws(Refusal) in
                try Form.take(["email": "eve@x.example", "phone": "2"], in: &transaction)
            }
        }
        #expect(try company.now(known)["phone"].text == "2")
    }

    @Test("owns what it makes and says nothing of whose it is, and makes nothing for others")
    func making() throws {
        let own = try company.acting(.salesRepresentative, kurt) { () throws(Refusal) in
            try company.create("leads", ["name": "Bob"])
        }
        #expect(own["owner_id"].reference == kurt.id)
        #expect(throws: Refusal.self) {
            try company.acting(.salesRepresentative, kurt) {
                _ = try company.create("leads", ["name": "Cy", "owner_id": rosa.ref])
            }
        }
        // A marketing manager may make any, so that what it makes is nobody's yet.
        let open = try company.acting(.marketingManager) { () throws(Refusal) in
            try company.create("leads", ["name": "Dan"])
        }
        #expect(open["owner_id"].isNull)
    }

    @Test("owns what is about its own: an unowned deal is the account owner's")
    func subjects() throws {
        let account = try company.create("accounts", ["name": "Acme", "owner_id": kurt.ref])
        let unowned = try company.create("deals", ["name": "D", "account_id": account.ref])
        #expect(throws: Refusal.self) {
            try company.acting(.salesRepresentative, rosa) { _ = try company.patch(unowned, ["name": "E"]) }
        }
        try company.acting(.salesRepresentative, kurt) { _ = try company.patch(unowned, ["name": "E"]) }
    }

    @Test(
        "without a department does what its scopes say",
        arguments: [
            (["deals:write"], true, false), (["deals:win"], false, true), (["*:write"], true, false),
            (["*:*"], true, true),
            (["deals:*"], true, true), (["leads:write", "deals:read"], false, false), ([], false, false),
        ])
    func scopes(_ scopes: [String], mayWrite: Bool, mayWin: Bool) throws {
        let didWrite = company.succeeds {
            try company.acting(.service, scopes: scopes) { _ = try company.patch(deal, ["name": "X"]) }
        }
        let didWin = company.succeeds {
            try company.acting(.service, scopes: scopes) { _ = try company.act("win", deal) }
        }
        #expect((didWrite, didWin) == (mayWrite, mayWin))
    }

    @Test(
        "sees its own, its team's or everybody's, what nobody owns, and what is about what it sees",
        arguments: [
            ("own", ["Ada's", "nobody's"]), ("team", ["Ada's", "Mia's", "nobody's"]),
            ("all", ["Ada's", "Mia's", "Zoe's", "nobody's"]),
        ])
    func sight(_ visibility: String, _ seen: [String]) throws {
        let team = try company.create("teams", ["name": "North", "department": "sales"])
        let ada = try company.create(
            "users",
            ["name": "Ada", "role": "sales_representative", "team_id": team.ref, "visibility": .string(visibility)])
        let mia = try company.create("users", ["name": "Mia", "role": "sales_representative", "team_id": team.ref])
        let zoe = try company.create("users", ["name": "Zoe", "role": "sales_representative"])
        for (name, owner) in [("Ada's", ada.ref), ("Mia's", mia.ref), ("Zoe's", zoe.ref), ("nobody's", JSON.null)] {
            let lead = try company.create("leads", ["name": .string(name), "owner_id": owner])
            try company.create("touches", ["lead_id": lead.ref, "type": "visit", "channel": "direct"])
        }
        let author = Author(actor: "", request: "", role: "sales_representative", user: ada.id)
        let sight = Sight(of: author, in: company.view)
        var leads: [String] = []
        company.view.forEach("leads") { lead in
            if lead.id > self.deal.id, sight.sees(lead, in: company.view) { leads.append(lead["name"].text ?? "") }
        }
        #expect(leads == seen)
        var touches = 0
        company.view.forEach("touches") { if sight.sees($0, in: company.view) { touches += 1 } }
        #expect(touches == seen.count)
    }

    @Test("that leads a team sees it")
    func leading() throws {
        let team = try company.create("teams", ["name": "North", "department": "sales", "manager_id": kurt.ref])
        try company.patch(rosa, ["team_id": team.ref])
        let author = Author(actor: "", request: "", role: "sales_representative", user: kurt.id)
        #expect(Sight(of: author, in: company.view).sees(lead, in: company.view))
    }
}

extension Company {
    /// Whether a command is done.
    func succeeds(_ command: () throws -> Void) -> Bool {
        do {
            try command()
            return true
        } catch {
            return false
        }
    }
}
