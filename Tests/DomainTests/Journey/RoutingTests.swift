import Domain
import JSON
import Store
import Testing

@Suite("Routing")
struct RoutingTests {
    let company: Company
    let rosa: Record
    let kurt: Record
    let mia: Record

    init() throws {
        let company = try Company()
        self.company = company
        let north = try company.create("teams", ["name": "North", "department": "sales", "region": "Nordics"])
        let south = try company.create("teams", ["name": "South", "department": "sales", "region": "Iberia"])
        func seller(_ name: String, _ team: Record, _ specialties: JSON, _ more: [JSON.Member] = []) throws -> Record {
            try company.create(
                "users",
                .object(
                    [
                        .init("name", .string(name)), .init("role", "sales_representative"),
                        .init("team_id", team.ref), .init("specialties", specialties),
                    ] + more))
        }
        rosa = try seller("Rosa", north, ["Software", "retail"])
        kurt = try seller("Kurt", south, ["Retail"])
        mia = try seller("Mia", south, [], [.init("capacity", 1)])
    }

    private func rule(_ method: String, _ more: [JSON.Member] = [], priority: Int64 = 100) throws {
        let among = more.contains { $0.name == "user_ids" } || method == "account_owner" || method == "territory"
        let users = among ? [] : [JSON.Member("user_ids", [rosa.ref, kurt.ref, mia.ref])]
        try company.create(
            "routing_rules",
            .object(
                [
                    .init("name", .string(method)), .init("method", .string(method)),
                    .init("priority", .integer(priority)),
                ] + users + more))
    }

    private func routed(_ input: JSON = [:]) throws -> String {
        let members = [JSON.Member("name", "Ada"), .init("stage", "mql")] + (input.members ?? [])
        let lead = try company.create("leads", .object(members))
        let handOff = try company.act("handoff", lead, ["to": "auto"])
        let user = try #require(handOff["to"].reference.flatMap { company.view.record("users", $0) })
        #expect(handOff["routing"].parts[2].text?.hasPrefix(user["name"].text ?? "-") ?? false)
        return user["name"].text ?? ""
    }

    @Test("goes round, over who is not available and who is full")
    func roundRobin() throws {
        try rule("round_robin")
        #expect(try [routed(), routed(), routed(), routed()] == ["Rosa", "Kurt", "Mia", "Rosa"])
        // Mia has her one lead.
        #expect(try [routed(), routed()] == ["Kurt", "Rosa"])
        try company.patch(kurt, ["is_available": false])
        #expect(try [routed(), routed()] == ["Rosa", "Rosa"])
    }

    @Test("by capacity finds who has the fewest open leads")
    func capacity() throws {
        try rule("capacity")
        #expect(try [routed(), routed(), routed(), routed(), routed()] == ["Rosa", "Kurt", "Mia", "Rosa", "Kurt"])
    }

    @Test(
        "by territory finds who sells where the lead or its account is",
        arguments: [
            ("Nordics", "Rosa"), ("iberia", "Kurt"),
        ])
    func territory(_ region: String, _ name: String) throws {
        try rule("territory")
        #expect(try routed(["region": .string(region)]) == name)
        let account = try company.create("accounts", ["name": "A", "region": .string(region)])
        #expect(try routed(["account_id": account.ref]) == (name == "Kurt" ? "Mia" : name))
    }

    @Test("by fit finds who knows most about the lead")
    func fit() throws {
        try rule("fit")
        let account = try company.create("accounts", ["name": "A", "industry": "Software"])
        #expect(try routed(["account_id": account.ref, "tags": ["retail"]]) == "Rosa")
        #expect(try routed(["tags": ["RETAIL"]]) == "Kurt", "both know retail, and Rosa has a lead")
    }

    @Test("gives a lead to who owns its account before any rule behind")
    func accountOwner() throws {
        try rule("account_owner", priority: 1)
        try rule("round_robin", priority: 2)
        let account = try company.create("accounts", ["name": "A", "owner_id": kurt.ref])
        #expect(try routed(["account_id": account.ref]) == "Kurt")
        #expect(try routed() == "Rosa")
    }

    @Test("tries the rules whose filter holds, in order")
    func filters() throws {
        try rule(
            "round_robin", [.init("filter", "source.channel=search"), .init("user_ids", [mia.ref])], priority: 1)
        try rule("round_robin", [.init("user_ids", [kurt.ref])], priority: 2)
        #expect(try routed(["source": ["channel": "search"]]) == "Mia")
        #expect(try routed(["source": ["channel": "search"]]) == "Kurt", "Mia is full")
        #expect(try routed(["source": ["channel": "email"]]) == "Kurt")
    }

    @Test("that finds nobody says what each rule came to, and changes nothing")
    func nobody() throws {
        try rule("fit")
        try rule("territory", priority: 1)
        let lead = try company.create("leads", ["name": "Ada", "stage": "mql"])
        let seq = company.view.seq
        let no = try refusal { try company.act("handoff", lead, ["to": "auto"]) }
        #expect(no.words == "no routing rule finds an owner")
        #expect(no.state("tried")?.members?.compactMap(\.value.text) == ["nobody to choose from", "nobody fits"])
        #expect(company.view.seq == seq)
        #expect(try refusal { try company.act("handoff", lead, ["to": "Rosa"]) }.pointers == ["/to"])
    }

    @Test("assigns an owner and says why; by hand it says nothing")
    func assign() throws {
        try rule("capacity")
        let lead = try company.create("leads", ["name": "Ada"])
        let assigned = try company.act("assign", lead, ["to": "auto"])
        #expect(assigned["owner_id"].reference == rosa.id)
        #expect(assigned["routing"].parts[2] == .text("Rosa has 0 open leads, the fewest of 3"))
        let again = try company.act("assign", assigned, ["to": kurt.ref])
        #expect(again["owner_id"].reference == kurt.id)
        #expect(again["routing"].isNull)
    }

    @Test(
        "rules are checked when they are written",
        arguments: [
            (["method": "round_robin"], ["/user_ids"]), (["method": "territory", "filter": "stge=mql"], ["/filter"]),
            (["method": "territory", "filter": "score"], ["/filter"]), (["method": "best"], ["/method"]),
            (["method": "account_owner", "filter": "created_at.gte=soon"], ["/filter"]),
        ] as [(JSON, [String])])
    func checked(_ input: JSON, _ pointers: [String]) throws {
        let no = try refusal {
            try company.create("routing_rules", .object([.init("name", "R")] + (input.members ?? [])))
        }
        #expect(no.pointers == pointers)
    }
}
