import Foundation
import JSON
import Testing

/// A public set of 8,800 deals with reference figures that two other engines agree on.
@Suite("The figures of the Maven CRM set")
struct MavenFiguresTests {
    static let set =
        (ProcessInfo.processInfo.environment["TANDEM_DATA_SETS"] ?? "\(RunningServer.package)/../shared/data")
        + "/maven_crm"

    static var isThere: Bool {
        let isThere = FileManager.default.fileExists(atPath: "\(set)/expected.json")
        if !isThere {
            print("the Maven CRM set is not at \(set): its figures are not compared (TANDEM_DATA_SETS says where)")
        }
        return isThere
    }

    @Test("come out equal, to the cent, grouped and as of past days", .enabled(if: isThere), .timeLimit(.minutes(10)))
    func figures() throws {
        let loaded = try Loaded(deals: "deals.json")
        var comparison = Comparison(loaded.server, try Self.expected())
        try comparison.totals()
        for (figure, dimension) in [
            ("by_agent", "owner"), ("by_manager", "manager"), ("by_region", "region"), ("by_product", "product"),
            ("by_sector", "industry"), ("by_close_month", "month"), ("by_close_quarter", "quarter"),
        ] { try comparison.closed(figure, by: dimension) }
        try comparison.pairs("revenue_by_agent_and_quarter", by: "owner,quarter", member: nil)
        try comparison.pairs("by_region_and_product", by: "region,product", member: "revenue")
        try comparison.weeks()
        for (day, next) in Self.days { try comparison.asOf(day, next) }
        for (day, next) in Self.days where day.hasSuffix("06-30") || day.hasSuffix("12-31") {
            for (name, dimension) in Self.cuts { try comparison.open(day, next, name, by: dimension) }
        }
        try comparison.pipelineNow()
        try comparison.opened()
        for (day, next) in Self.days where day.hasSuffix("06-30") || day.hasSuffix("12-31") {
            try comparison.velocity(day, next)
        }
        print("the Maven CRM set: \(comparison.count) figures compared")
        #expect(comparison.count > 500)
    }

    @Test("price the open pipeline of past days by list price", .enabled(if: isThere), .timeLimit(.minutes(10)))
    func listValues() throws {
        let loaded = try Loaded(deals: "deals-at-list-price.json")
        var comparison = Comparison(loaded.server, try Self.expected())
        for (day, next) in Self.days {
            try comparison.listValue("as_of_\(day)", asOf: next)
            guard day.hasSuffix("06-30") || day.hasSuffix("12-31") else { continue }
            for (name, dimension) in Self.cuts { try comparison.listValues(day, next, name, by: dimension) }
        }
        print("the Maven CRM set at list price: \(comparison.count) figures compared")
        #expect(comparison.count > 80)
    }

    static let days = [
        ("2017-03-31", "2017-04-01"), ("2017-06-30", "2017-07-01"), ("2017-09-30", "2017-10-01"),
        ("2017-12-31", "2018-01-01"),
    ]
    static let cuts = [("region", "region"), ("manager", "manager"), ("product", "product"), ("agent", "owner")]

    static func expected() throws -> JSON {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(set)/expected.json"))
        return try #require(try JSONParser.parse(Array(bytes))["figures"])
    }

    /// A server over the set, loaded by the project's own maps.
    private struct Loaded {
        let server: RunningServer

        init(deals: String) throws {
            let folder = TemporaryFolder()
            let script = "\(RunningServer.package)/Examples/maven_crm/load"
            let result = try run(script, [RunningServer.binary, MavenFiguresTests.set, "\(folder.path)/data", deals])
            #expect(result.status == 0, "\(result.output) \(result.errors)")
            #expect(result.output.contains("8800 created, 0 updated, 0 unchanged, 0 refused"), "\(result.output)")
            server = try RunningServer(["--open"], in: folder)
        }
    }
}

/// Asks the server for figures and holds them against the reference.
private struct Comparison {
    let server: RunningServer
    let expected: JSON
    private(set) var count = 0

    init(_ server: RunningServer, _ expected: JSON) {
        self.server = server
        self.expected = expected
    }

    // MARK: What is compared

    mutating func totals() throws {
        let stages = value("deals_by_stage")
        equal(try ask("deals_won")["value"], stages["Won"], "deals_won")
        equal(try ask("deals_lost")["value"], stages["Lost"], "deals_lost")
        equal(try ask("win_rate")["value"], value("win_rate"), "win_rate")
        money(try ask("revenue")["value"], value("revenue"), "revenue")
        money(try ask("average_deal_size")["value"], value("average_deal_size")["mean"], "average_deal_size")
        let cycle = try ask("sales_cycle_days")
        for name in ["mean", "median", "p90"] { equal(cycle[name], value("sales_cycle_days")[name], "cycle \(name)") }
    }

    mutating func closed(_ figure: String, by dimension: String) throws {
        for metric in ["deals_won", "deals_lost", "win_rate", "revenue", "average_deal_size", "sales_cycle_days"] {
            let groups = try groups(metric, "group_by=\(dimension)")
            for member in value(figure).members ?? [] {
                let (found, wanted) = (groups[member.name], member.value[metric])
                let name = "\(figure) \(member.name) \(metric)"
                switch metric {
                case "revenue", "average_deal_size": money(found?["value"], wanted, name)
                case "sales_cycle_days": equal(found?["mean"], wanted, name)
                default: equal(found?["value"], wanted, name)
                }
            }
        }
    }

    mutating func pairs(_ figure: String, by dimensions: String, member: String?) throws {
        let groups = try groups("revenue", "group_by=\(dimensions)")
        for pair in value(figure).members ?? [] {
            money(groups[pair.name]?["value"], member.map { pair.value[$0] } ?? pair.value, "\(figure) \(pair.name)")
        }
    }

    mutating func weeks() throws {
        let groups = try groups("revenue", "group_by=week")
        for week in value("by_close_iso_week").members ?? [] {
            money(groups[week.name]?["value"], week.value, "week \(week.name)")
        }
    }

    mutating func asOf(_ day: String, _ next: String) throws {
        let wanted = value("as_of_\(day)")
        equal(try ask("deals_open", "as_of=\(next)")["value"], wanted["engaged_open"], "open as of \(day)")
        equal(try ask("deals_won", "as_of=\(next)")["value"], wanted["won"], "won as of \(day)")
        equal(try ask("deals_lost", "as_of=\(next)")["value"], wanted["lost"], "lost as of \(day)")
        equal(try ask("win_rate", "as_of=\(next)")["value"], wanted["win_rate"], "win rate as of \(day)")
        money(try ask("revenue", "as_of=\(next)")["value"], wanted["revenue"], "revenue as of \(day)")
    }

    mutating func open(_ day: String, _ next: String, _ name: String, by dimension: String) throws {
        let groups = try groups("deals_open", "as_of=\(next)&group_by=\(dimension)")
        for member in value("open_as_of_\(day)_by_\(name)").members ?? [] {
            equal(groups[member.name]?["value"], member.value["deals"], "open as of \(day) by \(name) \(member.name)")
        }
    }

    /// Open deals are priced by the map's list prices, so today's pipeline is the file's at the end of 2017.
    mutating func pipelineNow() throws {
        let values = try groups("pipeline_value", "group_by=stage")
        let counts = try groups("deals_open", "group_by=stage")
        for (stage, name) in [("prospecting", "Prospecting"), ("qualified", "Engaging")] {
            let wanted = value("pipeline_by_stage_end_of_2017")[name]
            money(values[stage]?["value"], wanted?["list_value"], "pipeline \(name)")
            equal(counts[stage]?["value"], wanted?["deals"], "open \(name)")
        }
    }

    /// What was opened month by month, and what of it was won since.
    mutating func opened() throws {
        let counts = try groups("deals_opened", "group_by=month")
        for month in value("deals_opened_by_month").members ?? [] {
            equal(counts[month.name]?["value"], month.value, "opened in \(month.name)")
        }
        let shares = try groups("win_rate", "basis=cohort&group_by=month")
        for month in value("win_rate_by_engage_month").members ?? [] {
            equal(shares[month.name]?["value"], month.value["won_share"], "won of \(month.name)")
            equal(shares[month.name]?["denominator"], month.value["deals"], "deals of \(month.name)")
            let open = shares[month.name]?["unfinished"] ?? 0
            equal(open, month.value["still_open"], "open of \(month.name)")
        }
    }

    /// Whole days in the reference, told from the day itself; here from the end of it, which is a day more.
    mutating func velocity(_ day: String, _ next: String) throws {
        let wanted = value("pipeline_velocity_as_of_\(day)")
        let answer = try ask("pipeline_velocity", "as_of=\(next)")
        money(answer["value"], wanted["velocity"], "velocity of \(day)")
        equal(answer["parts"]?["open_deals"], wanted["engaged_open"], "open of \(day)")
        let ages = value("age_of_open_as_of_\(day)")
        let found = try ask("open_deal_days", "as_of=\(next)")
        for name in ["mean", "median", "p90"] {
            let later = Self.number(ages[name]).map { JSON.number($0 + 1) }
            equal(found[name], later, "age of \(day) \(name)")
        }
    }

    mutating func listValue(_ figure: String, asOf next: String) throws {
        money(try ask("pipeline_value", "as_of=\(next)")["value"], value(figure)["list_value"], figure)
    }

    mutating func listValues(_ day: String, _ next: String, _ name: String, by dimension: String) throws {
        let groups = try groups("pipeline_value", "as_of=\(next)&group_by=\(dimension)")
        for member in value("open_as_of_\(day)_by_\(name)").members ?? [] {
            money(groups[member.name]?["value"], member.value["list_value"], "list value \(day) \(name) \(member.name)")
        }
    }

    // MARK: How

    private func value(_ figure: String) -> JSON { expected[figure]?["value"] ?? .null }

    private func ask(_ metric: String, _ query: String = "") throws -> JSON {
        let answer = try server.curl("/v1/metrics/\(metric)?\(query)")
        #expect(answer.status == 200, "\(metric)?\(query): \(answer.body)")
        return try JSONParser.parse(Array(answer.body.utf8))
    }

    /// The groups by the names of their keys, two joined as the reference joins them.
    private func groups(_ metric: String, _ query: String) throws -> [String: JSON] {
        let groups = try ask(metric, query)["groups"]?.elements ?? []
        return Dictionary(
            groups.map { group in
                let names = (group["key"]?.members ?? []).map { key in
                    group["labels"]?[key.name]?.text ?? key.value.text ?? ""
                }
                return (names.joined(separator: " | "), group)
            }, uniquingKeysWith: { first, _ in first })
    }

    private mutating func equal(_ found: JSON?, _ wanted: JSON?, _ name: String) {
        count += 1
        guard let found = Self.number(found), let wanted = Self.number(wanted) else {
            #expect(found == wanted, "\(name)")
            return
        }
        // The reference gives twelve digits.
        #expect(abs(found - wanted) <= abs(wanted) * 1e-9, "\(name): \(found), not \(wanted)")
    }

    /// Whole dollars in the reference, cents here.
    private mutating func money(_ found: JSON?, _ wanted: JSON?, _ name: String) {
        count += 1
        let cents = Self.number(wanted).map { ($0 * 100).rounded() }
        #expect(Self.number(found?["amount"]) == cents, "\(name)")
    }

    private static func number(_ json: JSON?) -> Double? {
        switch json {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }
}
