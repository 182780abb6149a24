import Domain
import JSON
import Store
import Testing

@Suite("A pipeline")
struct PipelineTests {
    let company: Company

    init() throws { company = try Company() }

    private func pipeline(_ name: String, _ stages: [String], _ more: [JSON.Member] = []) throws -> Record {
        let stages = stages.map { JSON.object([.init("name", .string($0)), .init("win_percent", 40)]) }
        return try company.create(
            "pipelines", .object([.init("name", .string(name)), .init("stages", .array(stages))] + more))
    }

    private func deal(_ more: [JSON.Member] = []) throws -> Record {
        try company.create("deals", .object([.init("name", "D")] + more))
    }

    @Test("is there for the first deal where nobody made one, and is then the default")
    func standard() throws {
        let first = try deal()
        let pipelines = company.view.count("pipelines")
        #expect(pipelines == 1)
        #expect(try deal()["pipeline_id"] == first["pipeline_id"])
        #expect(first["stage"].text == "prospecting")
        #expect(company.view.count("pipelines") == 1)
    }

    @Test("is the default where it is the first or said to be, one at a time")
    func theDefault() throws {
        let first = try pipeline("A", ["one"])
        let second = try pipeline("B", ["two"])
        #expect(first["is_default"] == .bool(true))
        #expect(second["is_default"] == .bool(false))
        try company.patch(second, ["is_default": true])
        #expect(try company.now(first)["is_default"] == .bool(false))
        #expect(try deal()["stage"].text == "two")
        #expect(try refusal { try company.patch(second, ["is_default": false]) }.words.hasPrefix("one pipeline"))
        #expect(try refusal { try company.delete(second) }.words.hasPrefix("the default pipeline"))
        try company.delete(first)
    }

    @Test("has stages of its own, that its deals go through and no others")
    func ownStages() throws {
        _ = try pipeline("A", ["one", "two", "three"])
        let other = try pipeline("B", ["first", "second"])
        let deal = try deal([.init("pipeline_id", other.ref), .init("stage", "second")])
        #expect(deal.walk == ["~first", "second"])
        #expect(try refusal { try company.act("move", deal, ["stage": "three"]) }.pointers == ["/stage"])
        #expect(try refusal { _ = try self.deal([.init("stage", "first")]) }.pointers == ["/stage"])
        let moved = try company.act("move", deal, ["stage": "one", "pipeline_id": first().ref])
        #expect(moved.walk == ["~first", "second", "one"])
        try company.act("move", moved, ["stage": "three"])
        #expect(try company.now(deal).walk == ["~first", "second", "one", "~two", "three"])
        try company.patch(deal, ["amount": ["amount": 1, "currency": "EUR"]])
        try company.act("win", deal)
        #expect(try company.now(deal)["stage"].text == "won")
    }

    private func first() throws -> Record {
        try #require(company.view.records("pipelines", where: "is_default", is: .number(1)).first)
    }

    @Test("keeps a stage that open deals are in")
    func keptStages() throws {
        let pipeline = try pipeline("A", ["one", "two"])
        let deal = try deal([.init("stage", "two")])
        let fewer: JSON = ["stages": [["name": "one", "win_percent": 10]]]
        let no = try refusal { try company.patch(pipeline, fewer) }
        #expect(no.state("deals") == 1)
        try company.act("move", deal, ["stage": "one"])
        try company.patch(pipeline, fewer)
    }

    @Test("has a deal be stale by when it was opened, though that is corrected")
    func staleByOpening() throws {
        let stages: JSON = [["name": "a", "win_percent": 10], ["name": "b", "win_percent": 20, "rotting_days": 30]]
        let pipeline = try company.create("pipelines", ["name": "P", "stages": stages])
        let deal = try deal([.init("pipeline_id", pipeline.ref), .init("stage", "b")])
        #expect(deal["is_stale"] == .bool(false))
        let older = try company.patch(deal, ["opened_at": "2026-01-01T00:00:00Z"])
        #expect(older["is_stale"] == .bool(true) && older["timer_at"].isNull)
        #expect(older["stage_history"].elements.last?.parts[1] == older["opened_at"])
        let newer = try company.patch(deal, ["opened_at": "2026-06-30T00:00:00Z"])
        #expect(newer["is_stale"] == .bool(false) && !newer["timer_at"].isNull)
    }

    @Test(
        "is refused where its stages are wrong",
        arguments: [
            ([], ["/stages"]), (["won"], ["/stages/0/name"]), (["a", "lost"], ["/stages/1/name"]),
            (["a", "b", "a"], ["/stages/2/name"]),
        ] as [([String], [String])])
    func refused(_ stages: [String], _ pointers: [String]) throws {
        #expect(try refusal { _ = try pipeline("A", stages) }.pointers == pointers)
    }

    @Test("finds a deal stale that is in a stage longer than it allows, until somebody does something")
    func stale() throws {
        let stages: JSON = [
            ["name": "one", "win_percent": 10, "rotting_days": 7], ["name": "two", "win_percent": 20],
        ]
        try company.create("pipelines", ["name": "A", "stages": stages])
        let deal = try deal()
        try company.fire(at: "2026-07-08T11:59:59Z")
        #expect(try company.now(deal)["is_stale"] == .bool(false))
        #expect(try company.fire(at: "2026-07-08T12:00:00Z") == 1)
        #expect(try company.now(deal)["is_stale"] == .bool(true))
        let activity: JSON = ["deal_id": deal.ref, "type": "note"]
        try company.create("activities", activity)
        #expect(try company.now(deal)["is_stale"] == .bool(false))
        #expect(try company.now(deal)["last_activity_at"] == .instant(instant("2026-07-08T12:00:00Z")))
        #expect(try company.fire(at: "2026-07-15T11:59:59Z") == 0)
        #expect(try company.fire(at: "2026-07-15T12:00:00Z") == 1)
        // A stage that allows any time has nothing stale, nor has what is closed.
        try company.act("move", deal, ["stage": "two"])
        #expect(try company.now(deal)["is_stale"] == .bool(false))
        #expect(try company.now(deal)["timer_at"].isNull)
    }
}
