import Domain
import JSON
import Store
import TestSupport
import Testing

@Suite("Merging")
struct MergingTests {
    let ledger = MemoryLedger()
    let company: Company

    init() throws { company = try Company(ledger) }

    @Test(
        "finds who has one mailbox by the address before a plus",
        arguments: [
            ("ada+x@a.example", "ada+y@a.example", true), ("ADA+x+y@A.example", "ada+z@a.example", true),
            ("+@a.example", "+x@a.example", false), ("++@a.example", "+@a.example", false),
            ("+x@a.example", "x@a.example", false), ("ada@a.example", "ada@b.example", false),
        ])
    func mailboxes(one: String, other: String, isSame: Bool) throws {
        func keys(_ email: String) throws -> Set<String> {
            let lead = try company.create("leads", ["email": .string(email)])
            return Set(lead["match_keys"].elements.compactMap(\.text).filter { $0.hasPrefix("e:") })
        }
        #expect(try keys(one).isDisjoint(with: keys(other)) == !isSame)
    }

    @Test(
        "that is handed over is not merged into one that is further, whose hand-off nobody could answer",
        arguments: [0, 1])
    func handedOver(handed: Int) throws {
        let seller = try company.seller("Rosa")
        let leads = try ["mql", "mql"].map { try company.create("leads", ["name": "Ada", "stage": .string($0)]) }
        let handOffs = try leads.map { try company.create("handoffs", ["lead_id": $0.ref, "to": seller.ref]) }
        try company.act("accept", handOffs[1 - handed])
        let refused = try refusal { try company.act("merge", company.now(leads[0]), ["from": leads[1].ref]) }
        #expect("\(refused)".contains(handOffs[handed].idText), "\(refused)")
        try company.act("reject", handOffs[handed], ["reason": "known", "reason_class": "procedural"])
        try company.act("merge", company.now(leads[0]), ["from": leads[1].ref])
        #expect(try company.now(leads[0])["stage"].text == "sal")
    }

    /// Two leads of one person, each with a touch, an activity and a deal.
    private func two() throws -> (into: Record, from: Record) {
        let into = try company.create(
            "leads",
            [
                "name": "Ada", "email": "ada@example.com", "captured_at": "2026-03-01T00:00:00Z", "tags": ["a", "b"],
                "external_ids": ["crm": "1"],
            ])
        let from = try company.create(
            "leads",
            [
                "name": "A. Lovelace", "email": "ada@work.example", "phone": "+49 30 1234567",
                "captured_at": "2026-02-01T00:00:00Z", "tags": ["b", "c"], "external_ids": ["mail": "2", "crm": "9"],
                "source": ["channel": "search"], "stage": "mql",
            ])
        for lead in [into, from] {
            try company.create("touches", ["lead_id": lead.ref, "type": "visit", "channel": "direct"])
            try company.create("activities", ["lead_id": lead.ref, "type": "note"])
        }
        try company.create("deals", ["name": "D", "lead_ids": [into.ref, from.ref]])
        return (try company.now(into), try company.now(from))
    }

    private func count(_ resource: String, _ path: String, _ lead: Record) -> Int {
        company.view.records(resource, where: path, is: .identifier(lead.id)).count
    }

    @Test("loses nothing: what is empty is filled, lists join, the earlier capture and the further stage stay")
    func nothingLost() throws {
        let (into, from) = try two()
        let merge = try company.act("merge", into, ["from": from.ref])
        let now = try company.now(into)
        #expect(now["name"].text == "Ada")
        #expect(now["email"].text == "ada@example.com")
        #expect(now["phone"].text == "+49 30 1234567")
        #expect(now["tags"].elements.compactMap(\.text) == ["a", "b", "c"])
        #expect(now.json["external_ids"] == ["crm": "1", "mail": "2"])
        #expect(now["captured_at"] == .instant(instant("2026-02-01T00:00:00Z")))
        // It was a lead since then, whoever of both came further.
        #expect(StageEntry.all(of: now).first?.enteredAt == instant("2026-02-01T00:00:00Z"))
        #expect(now["source"].parts[0].text == "search")
        #expect(now["stage"].text == "opportunity")
        #expect(company.view.record("leads", from.id) == nil)
        #expect(count("touches", "lead_id", into) == 2)
        #expect(count("activities", "lead_id", into) == 2)
        let deal = try #require(company.view.records("deals", where: "lead_ids", is: .identifier(into.id)).first)
        #expect(deal["lead_ids"].elements == [.reference(into.id)])
        #expect(merge["from_id"].text == from.idText)
        #expect(merge["moved"].elements.count == 3)
    }

    // MARK: What came while they were one

    @Test("leaves a deal that was won meanwhile, and what was bought by it, whose it was")
    func wonMeanwhile() throws {
        let leads = try ["A", "B"].map { try company.create("leads", ["name": .string($0)]) }
        let deal = try company.create(
            "deals", ["name": "D", "lead_ids": [leads[1].ref], "amount": ["amount": 100, "currency": "EUR"]])
        let merge = try company.act("merge", leads[0], ["from": leads[1].ref])
        try company.act("win", deal)
        #expect(try company.now(leads[0])["stage"].text == "customer")
        try company.act("unmerge", merge)
        #expect(try leads.map { try company.now($0)["stage"].text } == ["lead", "customer"])
        #expect(try company.now(leads[0])["stage_history"] == leads[0]["stage_history"])
        let purchases = company.view.records("purchases", where: "deal_id", is: .identifier(deal.id))
        #expect(purchases.map { $0["lead_id"].reference } == [leads[1].id])
    }

    @Test("leaves what an account bought meanwhile by its deal whose it was")
    func boughtMeanwhile() throws {
        let accounts = try ["X", "Y"].map { try company.create("accounts", ["name": .string($0)]) }
        let deal = try company.create(
            "deals", ["name": "D", "account_id": accounts[1].ref, "amount": ["amount": 100, "currency": "EUR"]])
        // Of a lead of the other and yet the first's.
        let lead = try company.create("leads", ["name": "L", "account_id": accounts[1].ref])
        let own = try company.create(
            "deals", ["name": "E", "account_id": accounts[0].ref, "lead_ids": [lead.ref]])
        let merge = try company.act("merge", accounts[0], ["from": accounts[1].ref])
        try company.act("win", deal)
        try company.act("unmerge", merge)
        #expect(try company.now(own)["account_id"].reference == accounts[0].id)
        let purchases = company.view.records("purchases", where: "deal_id", is: .identifier(deal.id))
        #expect(purchases.map { $0["account_id"].reference } == [accounts[1].id])
    }

    @Test("leaves a lead where its own deals have it", arguments: [false, true])
    func dealsMeanwhile(isWon: Bool) throws {
        let leads = try ["A", "B"].map { try company.create("leads", ["name": .string($0)]) }
        func deal(_ lead: Record) throws -> Record {
            try company.create(
                "deals", ["name": "D", "lead_ids": [lead.ref], "amount": ["amount": 100, "currency": "EUR"]])
        }
        let other = try deal(leads[1])
        if isWon { try company.act("win", other) }
        let merge = try company.act("merge", leads[0], ["from": leads[1].ref])
        let own = try deal(leads[0])
        if isWon { try company.act("win", own) } else { try company.act("lose", other, ["reason": "r"]) }
        try company.act("unmerge", merge)
        // Whose open deal was lost while the other's was open still goes back now.
        let stages = try leads.map { try company.now($0)["stage"].text }
        #expect(stages == (isWon ? ["customer", "customer"] : ["opportunity", "sql"]))
    }

    @Test("leaves a hand-off, answered or not, whose it was, and its lead where that has it")
    func handedMeanwhile() throws {
        let seller = try company.seller("Rosa")
        func leads(_ stages: [JSON]) throws -> [Record] {
            try stages.map { try company.create("leads", ["name": "L", "stage": $0]) }
        }
        func told(_ leads: [Record]) throws -> [String?] { try leads.map { try company.now($0)["stage"].text } }
        let both = try leads(["mql", "mql"])
        let handOff = try company.create("handoffs", ["lead_id": both[1].ref, "to": seller.ref])
        let merge = try company.act("merge", both[0], ["from": both[1].ref])
        try company.act("accept", handOff)
        try company.act("unmerge", merge)
        #expect(try told(both) == ["mql", "sal"])
        #expect(try both.map { try company.now($0)["owner_id"].reference } == [nil, seller.id])
        // Handed over as the one that stayed, which had not come so far.
        let others = try leads(["lead", "mql"])
        let second = try company.act("merge", others[0], ["from": others[1].ref])
        let waiting = try company.create("handoffs", ["lead_id": others[0].ref, "to": seller.ref])
        try company.act("unmerge", second)
        #expect(try told(others) == ["mql", "mql"])
        try company.act("accept", waiting)
        #expect(try told(others) == ["sal", "mql"])
    }

    @Test("of two leads of one account leaves both there, whatever is parted first")
    func ofOneAccount() throws {
        let accounts = try ["X", "Y"].map { try company.create("accounts", ["name": .string($0)]) }
        let leads = try ["A", "B"].map {
            try company.create("leads", ["name": .string($0), "account_id": accounts[1].ref])
        }
        let ofAccounts = try company.act("merge", accounts[0], ["from": accounts[1].ref])
        let ofLeads = try company.act("merge", leads[0], ["from": leads[1].ref])
        try company.act("unmerge", ofAccounts)
        try company.act("unmerge", ofLeads)
        #expect(try company.now(leads[0])["account_id"].reference == accounts[1].id, "A")
        #expect(try company.now(leads[1])["account_id"].reference == accounts[1].id, "B")
    }

    @Test("of two leads of one account, and then of that, leaves both there")
    func ofOneAccountSince() throws {
        for accountsFirst in [true, false] {
            let accounts = try ["X", "Y"].map { try company.create("accounts", ["name": .string($0)]) }
            let leads = try ["A", "B"].map {
                try company.create("leads", ["name": .string($0), "account_id": accounts[1].ref])
            }
            let ofLeads = try company.act("merge", leads[0], ["from": leads[1].ref])
            let ofAccounts = try company.act("merge", accounts[0], ["from": accounts[1].ref])
            for m in accountsFirst ? [ofAccounts, ofLeads] : [ofLeads, ofAccounts] { try company.act("unmerge", m) }
            #expect(try company.now(leads[0])["account_id"].reference == accounts[1].id, "A \(accountsFirst)")
            #expect(try company.now(leads[1])["account_id"].reference == accounts[1].id, "B \(accountsFirst)")
        }
    }

    @Test("leaves a lead that was recycled before where it was")
    func recycledBefore() throws {
        let seller = try company.seller("Rosa")
        let leads = try ["A", "B"].map { try company.create("leads", ["name": .string($0), "stage": "mql"]) }
        for lead in leads {
            let handOff = try company.create("handoffs", ["lead_id": lead.ref, "to": seller.ref])
            try company.act("accept", handOff)
            try company.act("recycle", lead, ["reason": "not yet"])
        }
        #expect(try leads.map { try company.now($0)["stage"].text } == ["lead", "lead"])
        let before = try leads.map { try company.now($0)["stage_history"] }
        let merge = try company.act("merge", leads[0], ["from": leads[1].ref])
        try company.act("unmerge", merge)
        #expect(try leads.map { try company.now($0)["stage"].text } == ["lead", "lead"])
        #expect(try leads.map { try company.now($0)["stage_history"] } == before)
    }

    @Test("takes the same points that both were given from one alone")
    func samePoints() throws {
        let leads = try ["A", "B"].map { try company.create("leads", ["name": .string($0)]) }
        for lead in leads { try company.act("adjust-score", lead, ["points": 5, "reason": "met"]) }
        let merge = try company.act("merge", leads[0], ["from": leads[1].ref])
        #expect(try company.now(leads[0])["score"].whole == 10)
        try company.act("unmerge", merge)
        #expect(try leads.map { try company.now($0)["score"].whole } == [5, 5])
    }

    @Test("leaves who looked after a lead as it was")
    func owners() throws {
        let sellers = try ["U", "V"].map { try company.seller($0) }
        let leads = try ["A", "B"].map {
            try company.create("leads", ["name": .string($0), "owner_id": sellers[0].ref])
        }
        func deal(_ lead: Record) throws -> Record {
            try company.create(
                "deals", ["name": "D", "lead_ids": [lead.ref], "amount": ["amount": 100, "currency": "EUR"]])
        }
        let other = try deal(leads[1])
        let merge = try company.act("merge", leads[0], ["from": leads[1].ref])
        _ = try deal(leads[0])
        company.setTime("2026-08-10T00:00:00Z")
        try company.patch(leads[0], ["owner_id": sellers[1].ref])
        company.setTime("2026-08-20T00:00:00Z")
        try company.act("win", other)
        company.setTime("2026-08-30T00:00:00Z")
        let before = try company.now(leads[0]).json["field_history"]
        try company.act("unmerge", merge)
        #expect(try company.now(leads[0]).json["field_history"] == before)
    }

    @Test("is refused where one record has no room for what both have, until it is said whose stays")
    func full() throws {
        func lead(_ name: String) throws -> Record {
            let custom = (0..<40).map { JSON.Member("\(name)\($0)", 1) }
            return try company.create("leads", ["name": .string(name), "custom": .object(custom)])
        }
        let (into, from) = (try lead("A"), try lead("B"))
        #expect(try refusal { try company.act("merge", into, ["from": from.ref]) }.pointers == ["/fields/custom"])
        try company.act("merge", into, ["from": from.ref, "fields": ["custom": "from"]])
        #expect(try company.now(into)["custom"] == from["custom"])
        try company.patch(into, ["custom": ["more": 1]])
    }

    @Test("takes the value that was chosen")
    func chosen() throws {
        let (into, from) = try two()
        try company.act(
            "merge", into, ["from": from.ref, "fields": ["email": "from", "phone": "into", "tags": "from"]])
        let now = try company.now(into)
        #expect(now["email"].text == "ada@work.example")
        #expect(now["phone"].isNull)
        #expect(now["tags"].elements.compactMap(\.text) == ["b", "c"])
    }

    @Test("leaves no reason of the other where the one that stayed went on with its journey")
    func reasons() throws {
        let leads = try ["Ada", "Zoe"].map { try company.create("leads", ["name": .string($0)]) }
        try company.act("qualify", leads[1])
        try company.act("recycle", leads[1], ["reason": "said of Zoe"])
        try company.act("qualify", leads[1])
        let merge = try company.act("merge", leads[0], ["from": leads[1].ref])
        #expect(StageEntry.all(of: try company.now(leads[0])).contains { $0.reason == "said of Zoe" })
        try company.act("recycle", leads[0], ["reason": "said of both"])
        try company.act("unmerge", merge)
        let reasons = try leads.map { StageEntry.all(of: try company.now($0)).compactMap(\.reason) }
        #expect(!reasons[0].contains("said of Zoe") && reasons[0].contains("said of both"), "\(reasons[0])")
        #expect(reasons[1] == ["said of Zoe"])
    }

    @Test("is taken back whole where another came after it and is taken back too", arguments: [false, true])
    func unmergedInTurn(laterFirst: Bool) throws {
        let stayed = try company.create("leads", ["email": "z@x.example", "tags": ["own"]])
        let members: [JSON] = [
            ["name": "Xenia", "title": "Chief", "phone": "+49 30 1112223", "tags": ["x"]],
            ["name": "Yves", "title": "Clerk", "phone": "+49 30 1112224", "tags": ["y"]],
        ]
        let leads = [try company.create("leads", members[0]), try company.create("leads", members[1])]
        let chosen: JSON = ["name": "from", "title": "from", "phone": "from"]
        let merges = [
            try company.act("merge", stayed, ["from": leads[0].ref]),
            try company.act("merge", stayed, ["from": leads[1].ref, "fields": chosen]),
        ]
        #expect(try company.now(stayed)["name"].text == "Yves")
        #expect(try company.now(merges[1])["holds"].elements == [.text(leads[0].idText)])
        for merge in laterFirst ? merges.reversed() : merges { try company.act("unmerge", merge) }
        let now = try company.now(stayed)
        for name in ["name", "title", "phone", "tags", "email", "match_keys", "merged_ids", "stage_history"] {
            #expect(now[name] == stayed[name], "\(name)")
        }
        for (lead, json) in zip(leads, members) {
            for member in json.members ?? [] { #expect(try company.now(lead).json[member.name] == member.value) }
        }
        if !laterFirst {
            let later = try company.now(merges[1])
            #expect(later["holds"].elements == [] && later["before"].text?.contains("Xenia") == false)
        }
    }

    @Test("is taken back whole, also after a restart, and what came since stays where it came")
    func unmerged() throws {
        let (into, from) = try two()
        let merge = try company.act("merge", into, ["from": from.ref, "fields": ["email": "from"]])
        try company.create("touches", ["lead_id": into.ref, "type": "click", "channel": "email"])
        try company.patch(into, ["title": "Countess"])
        let again = try Company(ledger, at: "2026-07-02T12:00:00Z")
        try again.act("unmerge", merge)
        let (one, other) = (try again.now(into), try again.now(from))
        var members = one.json.members ?? []
        members.removeAll { ["updated_at", "version", "title"].contains($0.name) }
        var old = into.json.members ?? []
        old.removeAll { ["updated_at", "version", "title"].contains($0.name) }
        #expect(members == old)
        #expect(one["title"].text == "Countess")
        var back = other.json.members ?? []
        back.removeAll { ["updated_at", "version"].contains($0.name) }
        var was = from.json.members ?? []
        was.removeAll { ["updated_at", "version"].contains($0.name) }
        #expect(back == was)
        #expect(other.version == from.version + 1)
        let touches = { (lead: Record) in
            again.view.records("touches", where: "lead_id", is: .identifier(lead.id)).count
        }
        #expect(touches(one) == 2)
        #expect(touches(other) == 1)
        #expect(try refusal { try again.act("unmerge", merge) }.words.hasPrefix("what was merged is parted once"))
        // And it can be done anew, and is there at the next start.
        try again.act("merge", one, ["from": other.ref])
        let third = try Company(ledger)
        #expect(third.view.record("leads", from.id) == nil)
    }

    @Test("gives back to what named both that it does, also where it was changed since")
    func namedBoth() throws {
        let (into, from) = try two()
        let third = try company.create("leads", ["name": "C"])
        let buyers: JSON = [
            ["lead_id": into.ref, "role": "champion"], ["lead_id": from.ref, "role": "decision_maker"],
            ["lead_id": third.ref, "role": "user"],
        ]
        let (deal, other) = (
            try company.create("deals", ["name": "D", "buyers": buyers]),
            try company.create("deals", ["name": "E", "lead_ids": [into.ref, from.ref]])
        )
        let merge = try company.act("merge", into, ["from": from.ref])
        #expect(try company.now(into)["merged_ids"].elements == [.text(from.idText)])
        #expect(try company.now(deal)["lead_ids"].elements == [.reference(into.id), .reference(third.id)])
        #expect(try company.now(deal)["buyers"].elements.map { $0.parts[1].text } == ["champion", "user"])
        try company.patch(other, ["lead_ids": [into.ref, third.ref]])
        try company.act("unmerge", merge)
        #expect(try company.now(deal).json["buyers"] == buyers)
        #expect(try company.now(deal)["lead_ids"] == deal["lead_ids"])
        let ids = try company.now(other)["lead_ids"].elements
        #expect(ids == [.reference(into.id), .reference(third.id), .reference(from.id)])
        #expect(try company.now(into)["merged_ids"].elements == [])
    }

    @Test("keeps a no that either said, and gives each what it said back")
    func consents() throws {
        let cases: [(own: JSON, other: JSON, merged: JSON)] = [
            (["phone": "denied"], ["email": "denied"], ["email": "denied", "phone": "denied"]),
            (
                ["email": "granted", "phone": "granted", "source": "a"], ["phone": "denied", "source": "b"],
                ["email": "granted", "phone": "denied", "source": "b"]
            ),
            (
                ["email": "denied", "source": "a"], ["email": "granted", "source": "b"],
                ["email": "denied", "source": "a"]
            ),
            (.null, ["email": "granted"], ["email": "granted"]),
        ]
        for (own, other, merged) in cases {
            let leads = try [own, other].map { try company.create("leads", ["name": "Ada", "consent": $0]) }
            let merge = try company.act("merge", leads[0], ["from": leads[1].ref])
            func consent() throws -> JSON {
                let told = try company.now(leads[0]).json["consent"]?.members ?? []
                return .object(told.filter { $0.value != .null })
            }
            #expect(try consent() == merged)
            try company.act("unmerge", merge)
            #expect(try consent() == (own == .null ? [:] : own))
        }
    }

    @Test("keeps a no of who said something while they were one, and no yes of the other")
    func consentsSince() throws {
        let said: [JSON] = [["email": "granted"], ["email": "denied", "phone": "granted"]]
        let leads = try said.map { try company.create("leads", ["name": "Ada", "consent": $0]) }
        let merge = try company.act("merge", leads[0], ["from": leads[1].ref])
        try company.create("touches", ["lead_id": leads[0].ref, "type": "email_unsubscribe", "channel": "email"])
        try company.act("unmerge", merge)
        let told = try company.now(leads[0])["consent"].parts.prefix(2).map(\.text)
        #expect(told == ["denied", nil])
        #expect(try company.now(leads[1]).json["consent"]?["email"] == "denied")
    }

    @Test("adds up what people gave to either, and takes that back")
    func points() throws {
        let leads = try ["A", "B"].map { try company.create("leads", ["name": .string($0)]) }
        for (lead, points) in zip(leads, [5, 30]) {
            try company.act("adjust-score", lead, ["points": .integer(Int64(points)), "reason": "met"])
        }
        let merge = try company.act("merge", leads[0], ["from": leads[1].ref])
        #expect(try company.now(leads[0])["score"].whole == 35)
        try company.act("unmerge", merge)
        #expect(try leads.map { try company.now($0)["score"].whole } == [5, 30])
    }

    @Test("of leads and of their accounts is taken back whole, in whatever order", arguments: [false, true])
    func leadsAndAccounts(accountsFirst: Bool) throws {
        let accounts = try ["X", "Y"].map { try company.create("accounts", ["name": .string($0)]) }
        let leads = [
            try company.create("leads", ["name": "A"]),
            try company.create("leads", ["name": "B", "account_id": accounts[1].ref]),
        ]
        let ofLeads = try company.act("merge", leads[0], ["from": leads[1].ref])
        #expect(try company.now(leads[0])["account_id"].reference == accounts[1].id)
        let ofAccounts = try company.act("merge", accounts[0], ["from": accounts[1].ref])
        try company.act("unmerge", accountsFirst ? ofAccounts : ofLeads)
        if !accountsFirst {
            #expect(try company.now(leads[0])["account_id"].isNull)
            #expect(try company.now(leads[1])["account_id"].reference == accounts[0].id, "who stands for Y")
        }
        try company.act("unmerge", accountsFirst ? ofLeads : ofAccounts)
        #expect(try company.now(leads[0])["account_id"].isNull)
        #expect(try company.now(leads[1])["account_id"].reference == accounts[1].id)
    }

    @Test("of accounts gives back a lead that was merged since, once that is parted too")
    func accountsPartedFirst() throws {
        let accounts = try ["X", "Y"].map { try company.create("accounts", ["name": .string($0)]) }
        let leads = [
            try company.create("leads", ["name": "A"]),
            try company.create("leads", ["name": "B", "account_id": accounts[1].ref]),
        ]
        let ofAccounts = try company.act("merge", accounts[0], ["from": accounts[1].ref])
        let ofLeads = try company.act("merge", leads[0], ["from": leads[1].ref])
        try company.act("unmerge", ofAccounts)
        try company.act("unmerge", ofLeads)
        #expect(try company.now(leads[0])["account_id"].isNull)
        #expect(try company.now(leads[1])["account_id"].reference == accounts[1].id)
    }

    @Test("of a lead and of the accounts of both leaves it in its own, parted in turn")
    func accountsOfBoth() throws {
        let accounts = try ["X", "Z"].map { try company.create("accounts", ["name": .string($0)]) }
        let leads = try ["A", "B"].enumerated().map { place, name in
            try company.create("leads", ["name": .string(name), "account_id": accounts[1 - place].ref])
        }
        let ofLeads = try company.act(
            "merge", leads[0], ["from": leads[1].ref, "fields": ["account_id": "from"]])
        let ofAccounts = try company.act("merge", accounts[1], ["from": accounts[0].ref])
        for merge in [ofAccounts, ofLeads] { try company.act("unmerge", merge) }
        #expect(try leads.map { try company.now($0)["account_id"].reference } == [accounts[1].id, accounts[0].id])
    }

    @Test("is parted without what is gone since, and not into two leads of one visitor")
    func goneMeanwhile() throws {
        let campaign = try company.create(
            "campaigns", ["name": "C", "channel": "search", "objective": "engagement"])
        let own = try company.create("leads", ["name": "A"])
        let other = try company.create(
            "leads",
            ["name": "B", "visitor_ids": ["v"], "source": ["channel": "search", "campaign_id": campaign.ref]])
        let merge = try company.act("merge", own, ["from": other.ref])
        try company.patch(own, ["visitor_ids": [], "source": ["campaign_id": .null]])
        try company.delete(campaign)
        let third = try company.create("leads", ["name": "N", "visitor_ids": ["v"]])
        let words = try refusal { try company.act("unmerge", merge) }.words
        #expect(words == "a visitor is one lead, and this one is \(third.idText)")
        try company.delete(third)
        try company.act("unmerge", merge)
        #expect(try company.now(other).json["source"]?["channel"] == "search")
        #expect(try company.now(other).json["source"]?["campaign_id"] == .null)
        #expect(try company.now(other)["visitor_ids"].elements == [.text("v")])
    }

    @Test("of three into one gives a deal its buyers back in whatever order", arguments: [false, true])
    func buyersInTurn(laterFirst: Bool) throws {
        let leads = try ["A", "B", "C"].map { try company.create("leads", ["name": .string($0)]) }
        let roles = ["champion", "user", "decision_maker"]
        let buyers = zip(leads, roles).map { lead, role -> JSON in ["lead_id": lead.ref, "role": .string(role)] }
        let deal = try company.create("deals", ["name": "D", "buyers": .array(buyers)])
        var merges: [Record] = []
        for lead in leads.prefix(2) { merges.append(try company.act("merge", leads[2], ["from": lead.ref])) }
        #expect(try company.now(deal)["buyers"].elements.count == 1)
        for merge in laterFirst ? merges.reversed() : merges { try company.act("unmerge", merge) }
        #expect(try company.now(deal).json["buyers"] == .array(buyers))
        let people = try company.now(deal)["lead_ids"].elements
        #expect(people.first == .reference(leads[0].id) && people.count == 3, "the first is whose deal it is")
    }

    @Test("is not parted where what stayed would have what is another's by now")
    func takenMeanwhile() throws {
        let (into, from) = try two()
        let merge = try company.act("merge", into, ["from": from.ref, "fields": ["email": "from"]])
        let other = try company.create("leads", ["email": "ada@example.com"])
        let words = "the email of the record that stayed is another's by now"
        #expect(try refusal { try company.act("unmerge", merge) }.words == words)
        #expect(try company.now(into)["email"].text == "ada@work.example")
        try company.delete(other)
        try company.act("unmerge", merge)
        #expect(try company.now(into)["email"].text == "ada@example.com")
    }

    @Test("is refused where it cannot be, and changes nothing")
    func refused() throws {
        let (into, from) = try two()
        #expect(try refusal { try company.act("merge", into, ["from": into.ref]) }.pointers == ["/from"])
        let unknown: JSON = ["from": from.ref, "fields": ["emial": "from", "score": "from", "phone": "both"]]
        #expect(
            try refusal { try company.act("merge", into, unknown) }.pointers
                == ["/fields/emial", "/fields/score", "/fields/phone"])
        #expect(try refusal { try company.create("merges", [:]) }.words == "merges are made by actions alone")
        let early: JSON = ["from": from.ref, "at": "2026-02-28T00:00:00Z"]
        #expect(
            try refusal { try company.act("merge", into, early) }.words.hasPrefix(
                "a lead is merged after it was captured"))
        let merge = try company.act("merge", into, ["from": from.ref])
        let before: JSON = ["at": "2026-03-02T00:00:00Z"]
        #expect(
            try refusal { try company.act("unmerge", merge, before) }.words.hasPrefix("what was merged is parted after")
        )
        #expect(throws: Refusal.self) { try company.patch(merge, ["custom": ["a": 1]]) }
        #expect(throws: Refusal.self) { try company.delete(merge) }
        try company.create("leads", ["email": "ada@work.example"])
        #expect(try refusal { try company.act("unmerge", merge) }.words.hasPrefix("the email of the record that went"))
        #expect(company.view.record("leads", from.id) == nil)
    }

    @Test("of accounts moves their leads, deals and purchases")
    func accounts() throws {
        let into = try company.create("accounts", ["name": "Acme"])
        let from = try company.create("accounts", ["name": "ACME Inc.", "domain": "acme.example"])
        let lead = try company.create("leads", ["name": "A", "account_id": from.ref])
        let merge = try company.act("merge", into, ["from": from.ref])
        #expect(try company.now(lead)["account_id"].reference == into.id)
        #expect(try company.now(into)["domain"].text == "acme.example")
        try company.act("unmerge", merge)
        #expect(try company.now(lead)["account_id"].reference == from.id)
        #expect(try company.now(into)["domain"].isNull)
    }

    static let pairs: [(first: JSON, second: JSON, shared: [String])] = [
        (["name": "A", "email": "ada@x.example"], ["name": "B", "email": "Ada+news@X.example"], ["email"]),
        (["name": "A", "phone": "+49 30 1234567"], ["name": "B", "phone": "(030) 123-4568"], []),
        (["name": "A", "phone": "+49 30 12345678"], ["name": "B", "phone": "030 / 12345678"], ["phone"]),
        (["name": "A", "phone": "123"], ["name": "B", "phone": "123"], []),
        (
            ["name": "Ada Lovelace", "company": "Acme, Ltd"], ["name": "ada  LOVELACE", "company": "acme ltd."],
            ["name and company"]
        ),
        (["name": "Ada", "company": "Acme"], ["name": "Ada", "company": "Other"], []),
        (
            ["name": "Zoë Ångström", "company": "Café 5"], ["name": " ZOË-ångström", "company": "CAFÉ, 5!"],
            ["name and company"]
        ),
        (["name": "-", "company": "Acme"], ["name": "-", "company": "Acme"], []),
        (["name": "A_B 7", "company": "x"], ["name": "a b (7)", "company": "X."], ["name and company"]),
        (["name": "Ada"], ["name": "Ada"], []),
    ]

    @Test("finds duplicates by e-mail, phone, name and company", arguments: pairs)
    func duplicates(_ row: (first: JSON, second: JSON, shared: [String])) throws {
        let first = try company.create("leads", row.first)
        let second = try company.create("leads", row.second)
        let found = Duplicates.of(first, in: company.view)
        #expect(found.map(\.record.id) == (row.shared.isEmpty ? [] : [second.id]))
        #expect(found.first?.shared ?? [] == row.shared)
    }
}

extension Company {
    /// Puts what another system hands in, and gives its answer.
    fileprivate func put(_ key: String, _ input: JSON, _ resource: any Resource.Type = Lead.self) throws -> JSON {
        try perform { transaction throws(Refusal) in
            let upsert = try Upsert.put(resource, by: key, input, in: &transaction)
            do throws(JSONFault) { return try upsert.json() } catch { preconditionFailure("\(error)") }
        }
    }
}

@Suite("An upsert")
struct UpsertTests {
    let company: Company

    init() throws { company = try Company() }

    @Test("says that it changed a record which another key finds")
    func naturalKey() throws {
        func put(_ id: String, _ value: JSON) throws -> JSON {
            let input: JSON = [
                "measure": "clicks", "channel": "search", "on": "2026-03-01", "value": value,
                "external_ids": ["ads": .string(id)],
            ]
            return try company.put("external_ids.ads", input, Observation.self)
        }
        let first = try put("1", 5)
        #expect(first["outcome"] == "created")
        let second = try put("2", 6)
        #expect(second["outcome"] == "updated")
        #expect(second["record"]?["id"] == first["record"]?["id"])
        let no = try refusal {
            try company.perform { transaction throws(Refusal) in
                _ = try Upsert.put(
                    Observation.self, by: "external_ids.ads",
                    [
                        "measure": "clicks", "channel": "search", "on": "2026-03-01", "value": 7,
                        "external_ids": ["ads": "3"],
                    ], if: .isMissing, in: &transaction)
            }
        }
        guard case .stale = no else {
            Issue.record("\(no)")
            return
        }
        #expect(company.view.count("observations") == 1)
    }

    @Test("makes or changes the record of a key, and says which")
    func outcomes() throws {
        #expect(try company.put("email", ["email": "ada@x.example", "name": "Ada"])["outcome"] == "created")
        #expect(try company.put("email", ["email": "ADA@x.example", "title": "Countess"])["outcome"] == "updated")
        let same = try company.put("email", ["email": "ADA@x.example", "title": "Countess"])
        #expect(same["outcome"] == "unchanged")
        #expect(same["record"]?["name"] == "Ada")
        #expect(company.view.count("leads") == 1)
        let ids: JSON = ["name": "B", "external_ids": ["crm": 7]]
        #expect(try company.put("external_ids.crm", ids)["outcome"] == "created")
        #expect(
            try company.put("external_ids.crm", ["name": "C", "external_ids": ["crm": "7"]])["outcome"] == "updated")
        #expect(try company.put("sku", ["name": "P", "sku": "p-1"], Product.self)["outcome"] == "created")
    }

    @Test("names what it does not take")
    func conflicts() throws {
        _ = try company.put("email", ["email": "a@x.example", "captured_at": "2026-01-01T00:00:00Z"])
        let again = try company.put(
            "email", ["email": "a@x.example", "captured_at": "2026-02-01T00:00:00Z", "stage": "mql", "name": "A"])
        #expect(again["conflicts"]?.elements?.compactMap { $0["field"]?.text } == ["captured_at", "stage"])
        #expect(again["conflicts"]?.elements?.first?["kept"] == "2026-01-01T00:00:00Z")
        #expect(again["record"]?["name"] == "A")
    }

    @Test("is refused where the key is none, has no value or is several records'")
    func refused() throws {
        #expect(try refusal { _ = try company.put("name", ["name": "A"]) }.pointers == ["by"])
        #expect(try refusal { _ = try company.put("email", ["name": "A"]) }.pointers == ["/email"])
        #expect(
            try refusal { _ = try company.put("external_ids.crm", ["name": "A"]) }.pointers == ["/external_ids/crm"])
        #expect(
            try refusal { _ = try company.put("email", ["email": "a@x.example", "nmae": "A"]) }.pointers == ["/nmae"])
        for name in ["A", "B"] { try company.create("leads", ["name": .string(name), "external_ids": ["crm": "1"]]) }
        let no = try refusal { _ = try company.put("external_ids.crm", ["name": "C", "external_ids": ["crm": "1"]]) }
        #expect(no.words.contains("merge them first"))
        try company.create("leads", ["email": "b@x.example"])
        try company.create("leads", ["email": "c@x.example", "external_ids": ["erp": "3"]])
        let rival = try refusal {
            _ = try company.put("external_ids.erp", ["email": "b@x.example", "external_ids": ["erp": "3"]])
        }
        #expect(rival.words.hasPrefix("the email of a lead is unique"))
    }
}

@Suite("An upsert by what a merged record was known by")
struct MergedUpsertTests {
    let company: Company
    let stays: Record
    let goes: Record
    let merge: Record

    init() throws {
        company = try Company()
        stays = try company.create("leads", ["name": "Ada", "email": "ada@x.example", "external_ids": ["crm": "1"]])
        goes = try company.create(
            "leads", ["name": "A. L.", "email": "Old@x.example", "external_ids": ["crm": 2, "mail": "m"]])
        merge = try company.act("merge", stays, ["from": goes.ref])
    }

    private static let cases: [(key: String, input: JSON, conflicts: [String])] = [
        ("email", ["email": "old@X.example", "title": "Countess"], ["email"]),
        ("external_ids.crm", ["external_ids": ["crm": "2"], "title": "Countess"], ["external_ids.crm"]),
        (
            "external_ids.crm",
            ["external_ids": ["crm": 2, "mail": "m"], "email": "old@x.example", "title": "Countess"],
            ["external_ids.crm", "email"]
        ),
        ("external_ids.mail", ["external_ids": ["mail": "m"], "title": "Countess"], []),
        ("email", ["email": "ada@x.example", "title": "Countess"], []),
    ]

    @Test("changes the one that stayed, and leaves it its own keys", arguments: cases)
    func heir(_ row: (key: String, input: JSON, conflicts: [String])) throws {
        let answer = try company.put(row.key, row.input)
        #expect(answer["outcome"] == "updated")
        #expect(answer["record"]?["id"]?.text == stays.idText)
        #expect(answer["record"]?["title"] == "Countess")
        #expect(answer["record"]?["email"] == "ada@x.example")
        #expect(answer["record"]?["external_ids"] == ["crm": "1", "mail": "m"])
        #expect(answer["conflicts"]?.elements?.compactMap { $0["field"]?.text } == row.conflicts)
        #expect(company.view.count("leads") == 1)
    }

    @Test("follows merges through merges, and none that was taken back")
    func through() throws {
        let last = try company.create("leads", ["name": "Last"])
        let second = try company.act("merge", last, ["from": stays.ref])
        #expect(try company.put("email", ["email": "old@x.example"])["record"]?["id"]?.text == last.idText)
        try company.act("unmerge", second)
        #expect(try company.put("email", ["email": "old@x.example"])["record"]?["id"]?.text == stays.idText)
        try company.act("unmerge", merge)
        #expect(try company.put("email", ["email": "old@x.example"])["record"]?["id"]?.text == goes.idText)
    }

    @Test("makes a record where the one that stayed is gone, or its person erased", arguments: [false, true])
    func nobody(isErased: Bool) throws {
        try company.perform { transaction throws(Refusal) in
            if isErased {
                _ = try Erasure.erase(stays.idText, erased: nil, in: &transaction)
            } else if let lead = transaction.record("leads", stays.id) {
                transaction.remove(lead)
            }
        }
        #expect(try company.put("email", ["email": "old@x.example"])["outcome"] == "created")
    }
}

@Suite("A form")
struct FormTests {
    let company: Company

    init() throws { company = try Company() }

    private func take(_ input: JSON) throws -> JSON {
        try company.perform { transaction throws(Refusal) in try Form.take(input, in: &transaction) }
    }

    /// Ann, into whom one with another address was merged.
    private func merged() throws -> Record {
        let ann = try company.create(
            "leads", ["email": "ann@x.example", "tags": ["vip"], "source": ["channel": "event"]])
        let other = try company.create("leads", ["email": "ann.b@x.example"])
        try company.act("merge", ann, ["from": other.ref])
        return ann
    }

    @Test("of an address that was merged away changes the one who stayed as its own does")
    func mergedAddress() throws {
        let ann = try merged()
        let done = try take([
            "email": "ann.b@x.example", "tags": ["webinar"], "channel": "search", "url": "https://x.example/demo",
        ])
        #expect(done["lead_id"]?.text == ann.idText)
        let now = try company.now(ann)
        #expect(now.json["tags"] == ["vip", "webinar"])
        #expect(now.json["source"]?["channel"] == "event")
        #expect(now["email"].text == "ann@x.example")
        let inquiry = try company.create(
            "inquiries", ["email": "Ann.B@x.example", "channel": "email", "text": "How much?"])
        #expect(inquiry["lead_id"].reference == ann.id)
    }

    @Test("is taken from a browser that is somebody else's, who it is not for that")
    func sharedBrowser() throws {
        let bob = try company.create("leads", ["email": "bob@x.example", "visitor_ids": ["v"]])
        let done = try take(["email": "ann@x.example", "visitor_id": "v", "message": "How much?"])
        #expect(done["outcome"] == "created" && done["lead_id"]?.text != bob.idText)
        #expect(done["conflicts"]?.elements?.map { $0["field"] } == ["visitor_id"])
        let touch = try #require(company.view.records("touches", after: nil, limit: 1).first)
        #expect(touch["lead_id"].reference != bob.id && touch["visitor_id"].isNull)
        #expect(try take(["email": "bob@x.example", "visitor_id": "v"])["conflicts"] == [])
    }

    @Test("makes a lead with its source, its visitor's past, a touch and an inquiry, and says so")
    func new() throws {
        try company.create(
            "campaigns", ["name": "Spring", "channel": "search", "utm": ["campaign": "spring"]])
        try company.create("touches", ["visitor_id": "v", "type": "visit", "channel": "search"])
        let done = try take([
            "email": "ada@x.example", "name": "Ada", "visitor_id": "v", "consents_to_email": true,
            "url": "https://x.example/demo?utm_campaign=spring", "message": "How much?", "tags": ["demo"],
        ])
        #expect(done["outcome"] == "created")
        let lead = try #require(company.view.records("leads", where: "email", is: .text("ada@x.example")).first)
        #expect(done["lead_id"] == lead.ref)
        #expect(lead["consent"].parts[0].text == "granted")
        #expect(lead["source"].parts[0].text == "search", "the first touch of the visitor")
        #expect(lead["source"].parts[3].text == "https://x.example/demo?utm_campaign=spring")
        let touches = company.view.records("touches", where: "lead_id", is: .identifier(lead.id))
        #expect(touches.map { $0["type"].text } == ["visit", "form"])
        #expect(!touches[1]["campaign_id"].isNull)
        #expect(company.view.records("inquiries", where: "lead_id", is: .identifier(lead.id)).count == 1)
    }

    @Test("of a visitor nobody knows comes from where its page says")
    func landing() throws {
        try company.create("campaigns", ["name": "Spring", "channel": "event", "utm": ["campaign": "spring"]])
        _ = try take(["email": "a@x.example", "url": "https://x.example/?utm_campaign=spring"])
        let lead = try #require(company.view.records("leads", where: "email", is: .text("a@x.example")).first)
        #expect(lead["source"].parts[0].text == "event")
        #expect(!lead["source"].parts[2].isNull)
    }

    @Test("of somebody who is known changes what it says and leaves the rest")
    func known() throws {
        let lead = try company.create(
            "leads",
            [
                "email": "ada@x.example", "name": "Ada", "tags": ["a"], "source": ["channel": "event"],
                "consent": ["email": "granted"],
            ])
        let done = try take(["email": "ADA@x.example", "name": "", "phone": "+49 30 1234567", "tags": ["b", "a"]])
        #expect(done["outcome"] == "updated")
        let now = try company.now(lead)
        #expect(now["name"].text == "Ada")
        #expect(now["phone"].text == "+49 30 1234567")
        #expect(now["tags"].elements.compactMap(\.text) == ["a", "b"])
        #expect(now["source"].parts[0].text == "event")
        #expect(done["inquiry_id"] == .null)
    }

    @Test("is refused with every fault, and makes nothing")
    func refused() throws {
        let seq = company.view.seq
        #expect(try refusal { _ = try take(["name": "A", "urll": "x"]) }.pointers == ["/urll", "/email"])
        #expect(try refusal { _ = try take(["email": "a", "visitor_id": 1]) }.pointers == ["/email", "/visitor_id"])
        #expect(company.view.seq == seq)
    }
}
