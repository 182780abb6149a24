import Foundation
import JSON
import Testing

@Suite("A made-up company", .timeLimit(.minutes(10)))
struct InvariantsTests {
    /// Every record of every resource, by resource.
    private struct Everything {
        let all: [String: [JSON]]
        private let ids: Set<String>

        static let resources = [
            "users", "teams", "settings", "calendars", "campaigns", "observations", "touches", "contents", "segments",
            "scoring_rules", "nurtures", "enrolments", "leads", "accounts", "inquiries", "activities", "products",
            "pipelines", "deals", "offers", "objections", "purchases", "exchange_rates", "handoffs", "routing_rules",
            "agreements", "insights", "goals", "merges",
        ]

        init(_ server: RunningServer) throws {
            all = Dictionary(
                uniqueKeysWithValues: try Self.resources.map { ($0, try server.pages("/v1/\($0)?limit=500")) })
            ids = Set(all.values.joined().compactMap { $0["id"]?.text })
        }

        subscript(_ resource: String) -> [JSON] { all[resource] ?? [] }

        func has(_ id: String) -> Bool { ids.contains(id) }

        /// The records of a resource of which a member is an id.
        func of(_ resource: String, _ member: String, _ id: String) -> [JSON] {
            self[resource].filter { $0[member]?.text == id }
        }
    }

    /// Made once: what is checked are the relations in it.
    private static let everything = Result { () throws -> Everything in
        let folder = TemporaryFolder()
        let made = try run(
            RunningServer.binary,
            ["demo", "--seed", "11", "--leads", "400", "--until", "2026-10-01", "--data", "\(folder.path)/data"])
        #expect(made.status == 0, "\(made.errors)")
        return try Everything(try RunningServer(["--open"], in: folder))
    }

    private func everything() throws -> Everything { try Self.everything.get() }

    @Test("has what two years bring of everything")
    func size() throws {
        let all = try everything()
        #expect(all["leads"].count == 400)
        for resource in ["touches", "handoffs", "deals", "offers", "objections", "purchases", "insights"] {
            #expect(all[resource].count > 20, "\(resource)")
        }
        let stages = Set(all["leads"].compactMap { $0["stage"]?.text })
        #expect(stages.isSuperset(of: ["lead", "mql", "sal", "sql", "customer", "disqualified"]))
    }

    @Test("refers to nothing that is not there")
    func references() throws {
        let all = try everything()
        func check(_ json: JSON, _ place: String) {
            switch json {
            case .string(let text) where text.wholeMatch(of: /[a-z_]+_[0-9a-hjkmnp-tv-z]{26}/) != nil:
                #expect(all.has(text), "\(place): \(text)")
            case .array(let elements): for element in elements { check(element, place) }
            case .object(let members): for member in members { check(member.value, "\(place).\(member.name)") }
            default: break
            }
        }
        for (resource, records) in all.all { for record in records { check(record, resource) } }
    }

    @Test("has each lead and deal in the stage it last entered, entered in order, none left open before")
    func histories() throws {
        let all = try everything()
        for record in all["leads"] + all["deals"] {
            let entries = record["stage_history"]?.elements ?? []
            #expect(entries.last?["stage"] == record["stage"])
            #expect(entries.last?["left_at"] == .null)
            for (entry, next) in zip(entries, entries.dropFirst()) {
                #expect(entry["left_at"] == next["entered_at"])
                #expect(entry["entered_at"]?.text ?? "" <= next["entered_at"]?.text ?? "")
            }
        }
    }

    @Test("has customers by won deals alone, and opportunities by open ones")
    func stages() throws {
        let all = try everything()
        for lead in all["leads"] {
            let id = lead["id"]?.text ?? ""
            let deals = all["deals"].filter { $0["lead_ids"]?.elements?.contains(.string(id)) ?? false }
            let stages = deals.compactMap { $0["stage"]?.text }
            let isOpen = stages.contains { $0 != "won" && $0 != "lost" }
            #expect((lead["stage"] == "customer") == stages.contains("won"), "\(id)")
            if lead["stage"] == "opportunity" { #expect(isOpen, "\(id)") }
            if isOpen { #expect(lead["stage"] == "opportunity" || lead["stage"] == "customer", "\(id)") }
        }
    }

    @Test("has one purchase of each won deal, of its amount and day, and none of another")
    func purchases() throws {
        let all = try everything()
        for deal in all["deals"] {
            let made = all.of("purchases", "deal_id", deal["id"]?.text ?? "")
            #expect(made.count == (deal["stage"] == "won" ? 1 : 0))
            for purchase in made {
                #expect(purchase["amount"] == deal["amount"])
                #expect(purchase["occurred_at"] == deal["closed_at"])
            }
        }
    }

    @Test("has at most one hand-off that waits for each lead, and a reason of its class for each no")
    func handOffs() throws {
        let all = try everything()
        for lead in all["leads"] {
            let handOffs = all.of("handoffs", "lead_id", lead["id"]?.text ?? "")
            #expect(handOffs.count { $0["status"] == "pending" || $0["status"] == "overdue" } <= 1)
            if lead["stage"] == "sal" { #expect(handOffs.contains { $0["status"] == "accepted" }) }
        }
        for handOff in all["handoffs"] {
            if handOff["status"] == "rejected" {
                #expect(handOff["reason"]?.text?.isEmpty == false)
                #expect(handOff["reason_class"]?.text != nil)
            }
            #expect(handOff["due_at"]?.text ?? "" >= handOff["submitted_at"]?.text ?? "")
            #expect(handOff["agreement_id"]?.text != nil)
        }
    }

    @Test("has an open offer on open deals alone, one at most, and insights of each no")
    func offersAndInsights() throws {
        let all = try everything()
        for deal in all["deals"] {
            let offers = all.of("offers", "deal_id", deal["id"]?.text ?? "")
            let open = offers.filter { $0["status"] == "open" || $0["status"] == "awaiting_approval" }
            #expect(open.count <= 1)
            if deal["closed_at"] != .null { #expect(open.isEmpty) }
            let insights = all.of("insights", "deal_id", deal["id"]?.text ?? "")
            let objections = all.of("objections", "deal_id", deal["id"]?.text ?? "")
            let lost = deal["stage"] == "lost" ? 1 : 0
            #expect(insights.count == objections.count + lost)
        }
    }

    @Test("is the same for the same seed, size and day, and another for another seed")
    func seeds() throws {
        func made(_ seed: String) throws -> String {
            let folder = TemporaryFolder()
            let arguments = ["demo", "--seed", seed, "--leads", "60", "--until", "2026-10-01"]
            return try run(RunningServer.binary, arguments + ["--data", "\(folder.path)/data"]).output
        }
        #expect(try made("3") == made("3"))
        #expect(try made("3") != made("4"))
    }

    @Test(
        "is not made where it cannot be, and says why",
        arguments: [
            (["--leads", "0"], "--leads"), (["--until", "soon"], "--until"), (["--until", "2999-01-01"], "--until"),
        ])
    func refused(_ arguments: [String], _ word: String) throws {
        let folder = TemporaryFolder()
        let result = try run(RunningServer.binary, ["demo", "--data", "\(folder.path)/data"] + arguments)
        #expect(result.status != 0)
        #expect(result.errors.contains(word))
    }
}
