import Domain
import JSON
import Store
import Testing

@Suite("An import")
struct ImportTests {
    let company: Company

    init() throws { company = try Company() }

    @discardableResult
    private func run(
        _ resource: String, members: JSON, key: JSON = nil, rows: [JSON], firstRow: JSON = 1
    ) throws(Refusal) -> JSON {
        let batch = try ImportBatch([
            "resource": .string(resource), "map": ["key": key, "members": members], "first_row": firstRow,
            "rows": .array(rows),
        ])
        return try company.perform { transaction throws(Refusal) in
            batch.run(0..<batch.rows.count, in: &transaction).json
        }
    }

    private func all(_ resource: String) -> [JSON] {
        var records: [JSON] = []
        company.view.forEach(resource) { records.append($0.json) }
        return records
    }

    @Test("takes columns as members, of objects and maps too, and cells as what the member is")
    func columns() throws {
        let report = try run(
            "leads",
            members: [
                "name": "Name", "tags": "Tags", "source.channel": "Channel", "source.medium": "Medium",
                "custom.size": "Size", "external_ids.crm": "ID", "captured_at": "Day",
            ],
            rows: [
                [
                    "Name": "Ada", "Tags": "a; b ;c", "Channel": "email", "Size": 5, "ID": 7, "Day": "2026-01-31",
                    "More": 1,
                ],
                ["Name": "Bo", "Tags": "", "Channel": ""],
            ])
        #expect(report == ["created": 2, "updated": 0, "unchanged": 0, "refused_count": 0, "refused": []])
        let leads = all("leads")
        #expect(leads[0]["tags"] == ["a", "b", "c"])
        #expect(leads[0]["source"]?["channel"] == "email")
        #expect(leads[0]["custom"] == ["size": 5])
        #expect(leads[0]["external_ids"] == ["crm": 7])
        #expect(leads[0]["captured_at"] == "2026-01-31T00:00:00Z")
        #expect(leads[1]["source"] == .null)
        #expect(leads[1]["tags"] == [])
    }

    @Test("puts names right, translates values, and takes only those where it says so")
    func values() throws {
        let members: JSON = [
            "name": ["column": "n", "rename": ["Adda": "Ada"], "values": ["Ada": "Ada Nowak"]],
            "title": ["column": "t", "values": ["x": "Head"], "only": true],
            "company": ["column": "c", "values": ["x": "X Ltd"]],
        ]
        try run(
            "leads", members: members, rows: [["n": "Adda", "t": "x", "c": "x"], ["n": "Bo", "t": "y", "c": "y"]])
        let leads = all("leads")
        #expect(leads.map { $0["name"]?.text ?? "" } == ["Ada Nowak", "Bo"])
        #expect(leads.map { $0["title"] } == ["Head", .null])
        #expect(leads.map { $0["company"] } == ["X Ltd", "y"])
    }

    @Test("takes the first source that has a value, constants, and what holds under a condition")
    func sources() throws {
        let members: JSON = [
            "name": ["first_of": ["nick", ["column": "name"], ["constant": "nobody"]]],
            "title": ["constant": "Head", "when": ["kind": ["chief", 1]]],
        ]
        let rows: [JSON] = [
            ["nick": "A", "name": "Ada", "kind": "chief"], ["nick": "", "name": "Bo", "kind": 1], ["kind": "other"],
        ]
        try run("leads", members: members, rows: rows)
        #expect(all("leads").map { $0["name"]?.text ?? "" } == ["A", "Bo", "nobody"])
        #expect(all("leads").map { $0["title"] } == ["Head", "Head", .null])
    }

    static let amounts: [(cell: JSON, code: String, amount: Int64?)] = [
        ("1054", "USD", 105_400), (1054, "USD", 105_400), (1054.5, "USD", 105_450), ("1,054.50", "USD", 105_450),
        ("1 054.5", "EUR", 105_450), ("0.05", "EUR", 5), ("-0.50", "EUR", -50), ("-12", "EUR", -1200),
        ("5.000", "EUR", 500), ("1054", "JPY", 1054), ("1,054", "JPY", 1054), ("1.5", "KWD", 1500),
        ("90071992547409.91", "EUR", 9_007_199_254_740_991), ("", "EUR", 0),
        ("1.005", "EUR", nil), ("10.5", "JPY", nil), ("1,5", "EUR", nil), ("1.054,50", "EUR", nil),
        ("12,34", "EUR", nil),
        ("+5", "EUR", nil), ("5.+5", "EUR", nil), ("5.", "EUR", nil), (".5", "EUR", nil), ("--5", "EUR", nil),
        ("ten", "EUR", nil), ("92233720368547758.08", "EUR", nil), ("-9223372036854775808", "EUR", nil),
        ("-", "EUR", nil),
    ]

    @Test("leaves out whom it made and who was merged since")
    func mergedSince() throws {
        let rows: [JSON] = [["mail": "ann@x.example"], ["mail": "ann.b@x.example"]]
        #expect(try run("leads", members: ["email": "mail"], key: "email", rows: rows)["created"] == 2)
        let leads = company.view.records("leads", after: nil, limit: 2)
        try company.act("merge", leads[0], ["from": leads[1].ref])
        let again = try run("leads", members: ["email": "mail"], key: "email", rows: rows)
        #expect(again["created"] == 0 && again["unchanged"] == 2)
        let touches = try run(
            "touches",
            members: [
                "lead_id": ["column": "mail", "find": ["resource": "leads", "by": "email"]],
                "type": ["constant": "visit"], "channel": ["constant": "email"],
            ], rows: rows)
        #expect(touches["created"] == 2)
        #expect(all("touches").allSatisfy { $0["lead_id"]?.text == leads[0].idText })
    }

    @Test("knows whom a merge took by an id of another system, and makes them no second time")
    func mergedByForeignID() throws {
        let members: JSON = ["name": "id", "external_ids.crm": "id", "external_ids.erp": "erp"]
        let rows: [JSON] = [["id": "a", "erp": 9], ["id": "b"]]
        for resource in ["leads", "accounts"] {
            try run(resource, members: members, key: "external_ids", rows: rows)
            let records = company.view.records(resource, after: nil, limit: 2)
            try company.act("merge", records[0], ["from": records[1].ref])
            let again = try run(resource, members: members, key: "external_ids", rows: rows + [["id": "c"]])
            #expect(again["unchanged"] == 2 && again["created"] == 1, "\(again)")
        }
    }

    @Test("takes the next source where one finds nobody or says no amount, and tells what all missed")
    func nextSource() throws {
        let bea = try company.create("users", ["name": "Bea", "role": "admin"])
        let members: JSON = [
            "name": ["constant": "A"],
            "owner_id": [
                "first_of": [
                    ["column": "mail", "find": ["resource": "users", "by": "email"]],
                    ["column": "who", "find": ["resource": "users", "by": "name"]],
                ]
            ],
            "amount": ["first_of": [["column": "a", "money": "EUR"], ["column": "b", "money": "EUR"]]],
        ]
        let report = try run(
            "deals", members: members,
            rows: [
                ["mail": "old@x.example", "who": "Bea", "a": "n/a", "b": "5"], ["mail": "old@x.example", "who": "Zed"],
                ["a": "n/a", "b": ""],
            ])
        #expect(all("deals").map { $0["owner_id"] } == [bea.ref])
        #expect(all("deals")[0]["amount"]?["amount"] == 500)
        let refused = report["refused"]?.elements ?? []
        let pointers = refused.map { row in (row["errors"]?.elements ?? []).map { $0["pointer"]?.text ?? "" } }
        #expect(pointers == [["/owner_id", "/owner_id"], ["/amount"]])
    }

    static let ownCells: [(member: String, cell: String, read: JSON)] = [
        ("tags", #"["a","b;c"]"#, ["a", "b;c"]), ("tags", "[]", []), ("tags", "[a; b", ["[a", "b"]),
        ("custom", #"{"size":7}"#, ["size": 7]), ("external_ids", #"{"hs":"x"}"#, ["hs": "x"]),
    ]

    @Test("reads cells as this program's own tables have them", arguments: ownCells)
    func ownTable(_ row: (member: String, cell: String, read: JSON)) throws {
        let members = JSON.object([.init("name", ["constant": "A"]), .init(row.member, "cell")])
        let report = try run("leads", members: members, rows: [["cell": .string(row.cell)]])
        #expect(all("leads").first?[row.member] == row.read, "\(report)")
    }

    @Test("reads money of two columns, as this program's own tables have it")
    func moneyOfTwoColumns() throws {
        let members: JSON = ["name": "name", "amount.amount": "a", "amount.currency": "c"]
        let report = try run(
            "deals", members: members,
            rows: [
                ["name": "A", "a": "125000", "c": "EUR"], ["name": "B", "a": "", "c": ""],
                ["name": "C", "a": "x", "c": "EUR"],
            ])
        #expect(all("deals").map { $0["amount"] } == [["amount": 125_000, "currency": "EUR"], .null])
        #expect(report["refused_count"] == 1)
        #expect(
            try refusal { try run("deals", members: ["amount.sum": "a"], rows: []) }.pointers == [
                "/map/members/amount.sum"
            ])
    }

    static let times: [(cell: String, zone: String, read: String?)] = [
        ("2026-03-05 14:30", "Europe/Berlin", "2026-03-05T13:30:00Z"),
        ("2026-07-05T14:30:15", "Europe/Berlin", "2026-07-05T12:30:15Z"),
        ("2026-03-05", "America/New_York", "2026-03-05T05:00:00Z"),
        ("2026-03-05T14:30:00Z", "Europe/Berlin", "2026-03-05T14:30:00Z"),
        ("2026-03-05 14:30:00+02:00", "America/New_York", "2026-03-05T12:30:00Z"),
        // Clocks skip it, and show it twice.
        ("2026-03-29 02:30", "Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("2026-10-25 02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"),
        ("05.03.2026 14:30", "Europe/Berlin", nil), ("2026-03-05 25:30", "Europe/Berlin", nil),
        ("2026-03-05 14", "Europe/Berlin", nil), ("2026-02-30 14:30", "Europe/Berlin", nil),
    ]

    @Test("reads times as the clocks of a place show them", arguments: times)
    func localTime(_ row: (cell: String, zone: String, read: String?)) throws {
        let members: JSON = [
            "name": ["constant": "A"], "opened_at": ["column": "at", "time_zone": .string(row.zone)],
        ]
        company.setTime("2026-12-01T00:00:00Z")
        let report = try run("deals", members: members, rows: [["at": .string(row.cell)]])
        #expect(all("deals").first?["opened_at"]?.text == row.read, "\(report)")
        #expect(report["refused_count"] == (row.read == nil ? 1 : 0))
    }

    static let kinds: [(kind: String, cell: String, read: JSON?)] = [
        ("number", "7", 7), ("number", "-0.5", -0.5), ("number", "seven", nil), ("number", "", .null),
        ("flag", "true", true), ("flag", "yes", nil), ("text", "7", "7"), ("text", "true", "true"),
    ]

    @Test("reads cells of members without a type as what the map says they are", arguments: kinds)
    func kindOfCell(_ row: (kind: String, cell: String, read: JSON?)) throws {
        let members: JSON = [
            "name": ["constant": "A"], "custom.it": ["column": "cell", "as": .string(row.kind)],
        ]
        let report = try run("leads", members: members, rows: [["cell": .string(row.cell)]])
        #expect(report["refused_count"] == (row.read == nil ? 1 : 0))
        if let read = row.read { #expect(all("leads").first?["custom"]?["it"] ?? .null == read) }
    }

    @Test("reads money in major units, exactly or not at all", arguments: amounts)
    func money(_ row: (cell: JSON, code: String, amount: Int64?)) throws {
        let members: JSON = ["name": ["constant": "A"], "amount": ["column": "value", "money": .string(row.code)]]
        let report = try run("deals", members: members, rows: [["value": row.cell]])
        if row.cell == "" {
            #expect(all("deals").first?["amount"] == .null)
        } else if let amount = row.amount {
            #expect(all("deals").first?["amount"] == ["amount": .integer(amount), "currency": .string(row.code)])
        } else {
            #expect(report["refused"]?.elements?.first?["errors"]?.elements?.first?["pointer"] == "/amount")
            #expect(company.view.count("deals") == 0)
        }
    }

    @Test("finds records by a value, and refuses none and several")
    func find() throws {
        let rosa = try company.create("users", ["name": "Rosa", "email": "Rosa@a.example", "role": "admin"])
        for _ in 1...2 { try company.create("users", ["name": "Timo", "role": "admin"]) }
        let ada = try company.create("leads", ["email": "ada@a.example", "captured_at": "2026-01-01T00:00:00Z"])
        let bo = try company.create("leads", ["email": "bo@a.example", "captured_at": "2026-01-01T00:00:00Z"])
        let members: JSON = [
            "name": ["constant": "A"],
            "owner_id": ["column": "who", "find": ["resource": "users", "by": "name"]],
            "lead_ids": ["column": "leads", "find": ["resource": "leads", "by": "email"]],
        ]
        let report = try run(
            "deals", members: members,
            rows: [
                ["who": "Rosa", "leads": "Ada@A.example; bo@a.example"], ["who": "Nobody"], ["who": "Timo"],
                ["who": ""], ["leads": "zed@a.example"],
            ])
        #expect(report["created"] == 2)
        #expect(report["refused"]?.elements?.map { $0["row"] } == [2, 3, 5])
        let text = String(decoding: JSONWriter.encode(report), as: UTF8.self)
        #expect(text.contains("Nobody") && !text.contains("zed"), "a report is kept, and a lead's address is not")
        #expect(all("deals")[0]["owner_id"] == rosa.ref)
        #expect(all("deals")[0]["lead_ids"] == [ada.ref, bo.ref])
        #expect(all("deals")[1]["owner_id"] == .null)
    }

    @Test("finds records by their ids in another system, whoever they were merged into")
    func findByForeignID() throws {
        var leads: [Record] = []
        for id in ["7", "8"] {
            leads.append(
                try company.create(
                    "leads",
                    ["name": "A", "captured_at": "2026-01-01T00:00:00Z", "external_ids": ["crm": .string(id)]]))
        }
        try company.act("merge", leads[0], ["from": leads[1].ref])
        let members: JSON = [
            "lead_id": ["column": "id", "find": ["resource": "leads", "by": "external_ids.crm"]],
            "type": ["constant": "visit"], "channel": ["constant": "email"],
        ]
        let report = try run(
            "touches", members: members, rows: [["id": "7"], ["id": "8"], ["id": 7], ["id": "9"], ["id": "crm=7"]])
        #expect(report["created"] == 3 && report["refused"]?.elements?.map { $0["row"] } == [4, 5], "\(report)")
        #expect(all("touches").allSatisfy { $0["lead_id"]?.text == leads[0].idText })
    }

    @Test("makes nothing twice, by a key of the row or by another system's id")
    func key() throws {
        let rows: [JSON] = [["e": "a@a.example"], ["e": "A@A.example"], ["e": "b@a.example"], ["e": ""]]
        let members: JSON = ["email": "e", "name": ["constant": "A"]]
        let first = try run("leads", members: members, key: "email", rows: rows)
        #expect(first == ["created": 3, "updated": 0, "unchanged": 1, "refused_count": 0, "refused": []])
        let again = try run("leads", members: members, key: "email", rows: Array(rows.prefix(3)))
        #expect(again == ["created": 0, "updated": 0, "unchanged": 3, "refused_count": 0, "refused": []])
        for expected: JSON in [
            ["created": 1, "updated": 0, "unchanged": 0, "refused_count": 0, "refused": []],
            ["created": 0, "updated": 0, "unchanged": 1, "refused_count": 0, "refused": []],
        ] {
            let members: JSON = ["name": "n", "external_ids.crm": "id"]
            #expect(
                try run("accounts", members: members, key: "external_ids", rows: [["n": "A", "id": "7"]]) == expected)
        }
    }

    @Test("leaves nothing of a refused row behind, and tells its number and every fault")
    func refusedRow() throws {
        let out = try company.lead(in: .disqualified).lead
        let bo = try company.lead(in: .lead, named: "Bo").lead
        let seq = company.view.seq
        let report = try run(
            "deals", members: ["name": "n", "lead_ids": "l", "opened_at": "o"],
            rows: [
                ["n": "A", "l": .string("\(bo.idText);\(out.idText)"), "o": "2026-04-01"], "no row",
                ["o": "2027-01-01", "l": "x"],
            ], firstRow: 10)
        #expect(report["created"] == 0)
        #expect(report["refused"]?.elements?.map { $0["row"] } == [10, 11, 12])
        let faults = report["refused"]?.elements?.last?["errors"]?.elements?.compactMap { $0["pointer"]?.text } ?? []
        #expect(Set(faults) == ["/name", "/lead_ids/0"])
        #expect(company.view.seq == seq)
        #expect(try company.now(bo)["stage"] == .text("lead"))
    }

    @Test("without a map takes rows as they would be posted")
    func withoutMap() throws {
        let batch = try ImportBatch(["resource": "accounts", "rows": [["name": "A"], ["nmae": "B"]]])
        let report = try company.perform { transaction throws(Refusal) in
            batch.run(0..<batch.rows.count, in: &transaction).json
        }
        #expect(report["created"] == 1)
        #expect(report["refused"]?.elements?.first?["row"] == 2)
    }

    static let badMaps: [(members: JSON, pointer: String)] = [
        (["nmae": "n"], "/map/members/nmae"), (["name": 5], "/map/members/name"), (["name": [:]], "/map/members/name"),
        (["name": ["colum": "n"]], "/map/members/name/colum"), (["name": ["column": 5]], "/map/members/name/column"),
        (["name": ["column": "n", "money": "EURO"]], "/map/members/name/money"),
        (["name": ["column": "n", "find": ["resource": "users"]]], "/map/members/name/find"),
        (["name": ["column": "n", "find": ["resource": "users", "by": "role"]]], "/map/members/name/find"),
        (["name": ["column": "n", "find": ["resource": "keys", "by": "hash"]]], "/map/members/name/find"),
        (["name": ["column": "n", "find": ["resource": "leads", "by": "external_ids."]]], "/map/members/name/find"),
        (["name": ["column": "n", "when": ["a": "b"]]], "/map/members/name/when"),
        (["name": ["column": "n", "when": ["a": ["b"], "c": ["d"]]]], "/map/members/name/when"),
        (["name": ["column": "n", "time_zone": "Mars"]], "/map/members/name/time_zone"),
        (["name": ["column": "n", "as": "integer"]], "/map/members/name/as"),
        (["name": ["first_of": []]], "/map/members/name/first_of"),
        (["name": ["first_of": ["n"], "only": true]], "/map/members/name/first_of"),
        (["name": ["first_of": ["n", ["money": "EUR"]]]], "/map/members/name/first_of/1"), (5, "/map/members"),
    ]

    @Test("is refused with the place where its map is wrong", arguments: badMaps)
    func badMap(_ row: (members: JSON, pointer: String)) throws {
        #expect(try refusal { try run("leads", members: row.members, rows: []) }.pointers.contains(row.pointer))
    }

    static let badBatches: [(batch: JSON, pointers: Set<String>)] = [
        (["resource": "keys", "rows": []], ["/resource"]), (["resorce": "leads"], ["/resorce", "/resource", "/rows"]),
        (["resource": "leads", "rows": 5], ["/rows"]),
        (["resource": "leads", "rows": [], "first_row": "x"], ["/first_row"]),
        (["resource": "leads", "rows": [], "first_row": .integer(.max)], ["/first_row"]),
        (["resource": "leads", "rows": [], "map": ["key": 5, "members": [:]]], ["/map/key"]),
        (["resource": "leads", "rows": [], "map": ["key": "title", "members": [:]]], ["/map/key"]),
        (["resource": "leads", "rows": [], "map": ["key": "source.campaign_id", "members": [:]]], ["/map/key"]),
        (["resource": "leads", "rows": [], "map": ["kye": "email"]], ["/map/kye", "/map/members"]),
        (["resource": "leads", "rows": [], "map": ["key": "email", "members": ["name": "n"]]], ["/map/key"]),
        (["resource": "leads", "rows": [], "map": ["key": "external_ids", "members": ["name": "n"]]], ["/map/key"]),
    ]

    @Test("is refused with every fault of the batch", arguments: badBatches)
    func badBatch(_ row: (batch: JSON, pointers: Set<String>)) throws {
        #expect(Set(try refusal { _ = try ImportBatch(row.batch) }.pointers) == row.pointers)
    }
}
