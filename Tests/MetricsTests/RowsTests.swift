import Domain
import JSON
import Metrics
import Store
import Testing

@Suite("The rows behind a figure")
struct RowsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let metric: String
        let dimension: Dimension
        let more: String
        var testDescription: String { "\(metric)?group_by=\(dimension.rawValue)\(more)" }
    }

    static let cases: [Case] = Catalogue.all.flatMap { metric -> [Case] in
        let mores: [String] =
            switch metric.name {
            case "win_rate": ["", "&weight=amount"]
            case "conversion_rate": ["", "&basis=event", "&from_stage=mql&to_stage=sal&within=30d"]
            case "handoff_acceptance": ["", "&basis=event&tz=Europe/Berlin"]
            case "weighted_pipeline", "pipeline_value", "deals_open": ["", "&as_of=2026-06-05"]
            default: ["", "&from=2026-04-01&to=2026-06-12&tz=America/Sao_Paulo"]
            }
        return metric.dimensions.flatMap { dimension in
            mores.map { Case(metric: metric.name, dimension: dimension, more: $0) }
        }
    }

    @Test("give it again, whole and group by group", arguments: cases)
    func again(_ row: Case) throws {
        let company = try Company.demo()
        let question = String(row.more.dropFirst())
        let answer = try company.ask(row.metric, "\(question)&group_by=\(row.dimension.rawValue)")
        try check(answer, against: company.rows(row.metric, question))
        var count = 0
        for group in answer["groups"]?.elements ?? [] {
            let narrowing = try #require(group["rows"]?.text)
            #expect(narrowing.hasPrefix("\(row.dimension.rawValue)="))
            let rows = try company.rows(row.metric, "\(question)&\(narrowing)")
            try check(group, against: rows)
            count += rows.count
        }
        #expect(try count == company.rows(row.metric, question).count)
    }

    @Test("give it again along two dimensions")
    func pairs() throws {
        let company = try Company.demo()
        for group in try company.ask("leads_created", "group_by=month,channel")["groups"]?.elements ?? [] {
            try check(group, against: company.rows("leads_created", try #require(group["rows"]?.text)))
        }
    }

    /// The value from the rows alone.
    private func check(_ answer: JSON, against rows: [JSON]) throws {
        let value = try #require(answer["value"])
        func sum(_ rows: [JSON]) -> Double {
            rows.reduce(0) { $0 + ($1["amount"]?["amount"]?.double ?? 0) * ($1["percent"]?.double ?? 100) / 100 }
        }
        if answer["mean"] != nil {
            let lengths = rows.compactMap { ($0["days"] ?? $0["minutes"])?.double }
            #expect(answer["n"]?.double == Double(lengths.count))
            #expect((answer["censored"]?.double ?? 0) == Double(rows.filter { $0["censored"] == true }.count))
            if let mean = answer["mean"]?.double {
                #expect(abs(mean - lengths.reduce(0, +) / Double(lengths.count)) < 1e-9)
            }
        } else if let denominator = answer["denominator"]?.double, let numerator = answer["numerator"] {
            let isAverage = numerator["amount"] != nil
            let isWeighed = !isAverage && rows.contains { $0["amount"] != nil }
            let (above, below) = (rows.filter { $0["numerator"] != false }, rows.filter { $0["denominator"] != false })
            #expect(denominator == (isWeighed ? sum(below) : Double(below.count)))
            #expect(
                (numerator["amount"] ?? numerator).double == (isWeighed || isAverage ? sum(above) : Double(above.count))
            )
        } else if value["amount"] != nil {
            #expect(value["amount"]?.double == sum(rows))
        } else {
            #expect(value.double == Double(rows.count))
        }
    }

    @Test("are in order of their time, and link to their records")
    func order() throws {
        let company = try Company.demo()
        let rows = try company.rows("leads_created")
        let times = rows.compactMap { $0["at"]?.text }
        #expect(times == times.sorted())
        #expect(times.count == 7)
        #expect(rows.allSatisfy { $0["href"]?.text == "/v1/leads/\($0["id"]?.text ?? "")" })
    }
}
