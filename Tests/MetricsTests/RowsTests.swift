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

    private static let period = "&from=2026-04-01&to=2026-06-12&tz=America/Sao_Paulo"
    /// Those that are of a period alone.
    private static let ofPeriods = [
        "retention", "churn_rate", "gross_revenue_retention", "net_revenue_retention", "forecast_accuracy",
        "forecast_bias",
    ]

    static let cases: [Case] = Catalogue.all.flatMap { metric -> [Case] in
        let mores: [String] =
            switch metric.name {
            case "win_rate": ["", "&weight=amount"]
            case "conversion_rate": ["", "&basis=event", "&from_stage=mql&to_stage=sal&within=30d"]
            case "handoff_acceptance": ["", "&basis=event&tz=Europe/Berlin"]
            case _ where metric.isState: ["", "&as_of=2026-06-05"]
            case _ where ofPeriods.contains(metric.name): [period]
            default: ["", period]
            }
        return metric.dimensions.flatMap { dimension in
            mores.map { Case(metric: metric.name, dimension: dimension, more: $0) }
        }
    }

    /// The demonstration's company, which says its margin, since some figures rest on it.
    private static let facts = Result {
        let company = try Company.demo()
        try company.create("settings", ["name": "Demo", "gross_margin_percent": 70])
        return Facts(of: company.view)
    }

    @Test("give it again, whole and group by group", arguments: cases)
    func again(_ row: Case) throws {
        let facts = try Self.facts.get()
        let metric = try #require(Catalogue.metric(row.metric))
        func rows(_ question: String) throws -> [JSON] {
            try metric.rows(Question(question), in: facts, limit: .max).data
        }
        let question = String(row.more.dropFirst())
        let grouped = try Question("\(question)&group_by=\(row.dimension.rawValue)")
        let answer = try metric.answer(grouped, in: facts, rows: .narrowing).json
        try check(answer, against: rows(question))
        // Goals and the pipeline that they are held against depend on what the figure is cut by.
        guard !["quota_attainment", "pipeline_coverage", "brand_awareness"].contains(row.metric) else { return }
        var count = 0
        for group in answer["groups"]?.elements ?? [] {
            let narrowing = try #require(group["rows"]?.text)
            #expect(narrowing.hasPrefix("&\(row.dimension.rawValue)="))
            let rows = try rows("\(question)\(narrowing)")
            if group["reason"]?.text?.contains("had not begun") == true {
                #expect(rows.isEmpty)
                continue
            }
            try check(group, against: rows)
            count += rows.count
        }
        #expect(try count == rows(question).count)
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
        if let parts = answer["parts"]?.members {
            for part in parts where part.value != nil {
                check(part, against: rows.filter { $0["part"]?.text == part.name })
            }
        } else if answer["mean"] != nil {
            checkLengths(answer, rows)
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
        } else if rows.contains(where: { $0["number"] != nil }) {
            #expect(abs((value.double ?? 0) - rows.reduce(0) { $0 + ($1["number"]?.double ?? 0) }) < 1e-9)
        } else if rows.contains(where: { $0["counted_once_as"] != nil }) {
            #expect(value.double == Double(Set(rows.compactMap { $0["counted_once_as"]?.text }).count))
        } else {
            #expect(value.double == Double(rows.count))
        }
    }

    private func check(_ part: JSON.Member, against rows: [JSON]) {
        if let amount = part.value["amount"]?.double {
            #expect(abs(amount - sum(rows)) <= 0.5, "\(part.name)")
        } else if rows.contains(where: { $0["days"] != nil || $0["number"] != nil }) {
            let sum = rows.reduce(0) { $0 + (($1["days"] ?? $1["number"])?.double ?? 0) }
            #expect(abs((part.value.double ?? 0) - sum) < 1e-9, "\(part.name)")
        } else {
            #expect(part.value.double == Double(rows.count), "\(part.name)")
        }
    }

    private func sum(_ rows: [JSON]) -> Double {
        rows.reduce(0) { $0 + ($1["amount"]?["amount"]?.double ?? 0) * ($1["percent"]?.double ?? 100) / 100 }
    }

    private func checkLengths(_ answer: JSON, _ rows: [JSON]) {
        let lengths = rows.compactMap { ($0["days"] ?? $0["minutes"] ?? $0["touches"])?.double }
        #expect(answer["n"]?.double == Double(lengths.count))
        #expect((answer["censored"]?.double ?? 0) == Double(rows.filter { $0["censored"] == true }.count))
        if let mean = answer["mean"]?.double {
            #expect(abs(mean - lengths.reduce(0, +) / Double(lengths.count)) < 1e-9)
        }
    }

    @Test(
        "of a part of what models share out among channels come to the part, in whatever order it was cut",
        arguments: ["markov", "shapley"])
    func compared(_ model: String) throws {
        let company = try Company(at: "2026-10-01T00:00:00Z")
        let content = try company.create("contents", ["title": "C", "kind": "article"])
        let lead = try company.create("leads", ["name": "L", "captured_at": "2026-03-01T00:00:00Z"])
        for (day, channel, seen) in [("02", "search", JSON.null), ("03", "email", .null), ("04", "email", content.ref)]
        {
            try company.create(
                "touches",
                [
                    "lead_id": lead.ref, "type": "visit", "channel": .string(channel), "content_id": seen,
                    "occurred_at": .string("2026-03-\(day)T00:00:00Z"),
                ])
        }
        let deal = try company.create(
            "deals",
            [
                "name": "D", "amount": .euros(100), "lead_ids": .array([lead.ref]),
                "opened_at": "2026-03-05T00:00:00Z",
            ])
        try company.act("win", deal, ["at": "2026-03-06T00:00:00Z"])
        let question = "from=2026-03-01&to=2026-04-01&model=\(model)"
        for dimensions in ["content,channel", "channel,content"] {
            let answer = try company.ask("attributed_revenue", "\(question)&group_by=\(dimensions)")
            let groups = try #require(answer["groups"]?.elements)
            #expect(groups.count == 3)
            for group in groups {
                let rows = try company.rows("attributed_revenue", question + (group["rows"]?.text ?? ""))
                #expect(sum(rows) == group["value"]?["amount"]?.double, "\(dimensions)")
            }
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
