import Domain
import Foundation
import JSON
import Metrics
import Store
import Testing

/// Public sets of journeys with reference credits that other engines and packages agree on.
@Suite("The credits of public sets", .timeLimit(.minutes(10)))
struct AttributionSetsTests {
    private static let folder =
        ProcessInfo.processInfo.environment["TANDEM_DATA_SETS"]
        ?? URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "shared/data").path

    private static func isThere(_ set: String) -> Bool {
        let isThere = FileManager.default.fileExists(atPath: "\(folder)/\(set)/expected.json")
        if !isThere { print("\(set) is not in \(folder): it is not compared (TANDEM_DATA_SETS says where)") }
        return isThere
    }

    private static func rows(_ path: String) throws -> [[String]] {
        let text = try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)
        return text.split(separator: "\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }

    private static func expected(_ set: String) throws -> JSON {
        let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(set)/expected.json"))
        return try #require(try JSONParser.parse(Array(bytes))["figures"])
    }

    /// Millionths of the set's money are minor units, so that credits settled in them are as exact as the reference.
    private static let scale = 1_000_000.0

    // MARK: The playbook

    private static let channels = [
        "adwords": "advertising", "bing": "search", "direct": "direct", "facebook_ads": "social_media",
        "google": "content", "newsletter": "email",
    ]

    @Test("of the playbook come out equal by every model", .enabled(if: isThere("attribution_playbook")))
    func playbook() throws {
        let facts = Facts(of: try playbookCompany().view)
        let expected = try Self.expected("attribution_playbook")
        for (figure, model) in [
            ("first_touch", AttributionModel.firstTouch), ("last_touch", .lastTouch), ("linear", .linear),
            ("position_based", .positionBased), ("time_decay", .timeDecay), ("markov_by_journey", .markov),
        ] {
            for (suffix, dimension) in [("source", Metrics.Dimension.channel), ("campaign", .campaign)] {
                let report = try Self.report(facts, model, dimension)
                let wanted = expected["\(figure)_by_\(suffix)"]?["value"]?.members ?? []
                let names = suffix == "source" ? Self.channels : [:]
                let touches = model == .markov ? expected["markov_removal_effect_by_\(suffix)"]?["value"] : nil
                try Self.compare(report, wanted, names, effects: touches, dimension)
            }
        }
        try comparePlaybookMetrics(facts, expected)
    }

    private func comparePlaybookMetrics(_ facts: Facts, _ expected: JSON) throws {
        func ask(_ metric: String, _ question: String = "") throws -> JSON {
            var asked = try Question(question)
            asked.options.lookbackDays = 36_500
            return try #require(Catalogue.metric(metric)).answer(asked, in: facts, rows: .none).json
        }
        func amount(_ metric: String, _ question: String = "") throws -> Double? {
            try ask(metric, question)["value"]?["amount"]?.double.map { $0 / Self.scale }
        }
        #expect(try amount("revenue") == 275)
        #expect(try amount("spend") == 359)
        #expect(try amount("marketing_sourced_revenue") == expected["marketing_sourced_revenue"]?["value"]?.double)
        #expect(
            try amount("marketing_influenced_revenue") == expected["marketing_influenced_revenue"]?["value"]?.double)
        let lengths = expected["journey_length"]?["value"]
        let (days, touches) = (try ask("journey_length"), try ask("journey_touches"))
        for (figure, name) in [(days, "days"), (touches, "touches")] {
            for member in ["mean", "median"] {
                let wanted = lengths?["\(name)_\(member)"]?.double ?? -1
                #expect(abs((figure[member]?.double ?? 0) - wanted) <= wanted * 1e-9, "\(name) \(member)")
            }
        }
        for group in try ask("spend", "group_by=day")["groups"]?.elements ?? [] {
            let wanted = expected["spend_by_day"]?["value"]?[group["key"]?["day"]?.text ?? ""]?.double
            #expect(group["value"]?["amount"]?.double.map { $0 / Self.scale } == wanted)
        }
        for (source, wanted) in (expected["by_paid_source"]?["value"]?.members ?? []).map({ ($0.name, $0.value) }) {
            for metric in ["return_on_ad_spend", "campaign_roi"] {
                let found = try ask(metric, "channel=\(Self.channels[source] ?? "")")["value"]?.double ?? 0
                #expect(abs(found - (wanted[metric]?.double ?? 1)) < 1e-6, "\(source) \(metric)")
            }
        }
    }

    private func playbookCompany() throws -> Company {
        let company = try Company(at: "2026-01-01T00:00:00Z")
        let sessions = try Self.rows("attribution_playbook/sessions.csv")
        let conversions = try Self.rows("attribution_playbook/customer_conversions.csv")
        let spend = try Self.rows("attribution_playbook/ad_spend.csv")
        let names = Set(sessions.compactMap { $0.count > 6 && !$0[6].isEmpty ? $0[6] : nil } + spend.map { $0[3] })
        try company.perform { transaction throws(Refusal) in
            var campaigns: [String: Value] = [:]
            for name in names.sorted() {
                campaigns[name] = Raw.put(Campaign.schema, ["name": .text(name)], &transaction)
            }
            var people: [String: Value] = [:]
            for session in sessions {
                let at = Raw.time(session[2])
                let person = people[session[1]] ?? Raw.lead(capturedAt: at, &transaction)
                people[session[1]] = person
                Raw.touch(
                    person, Self.channels[session[4]] ?? "", at: at, &transaction,
                    campaign: session.count > 6 ? campaigns[session[6]] ?? .null : .null)
            }
            for conversion in conversions {
                let amount = Int64((Double(conversion[2]) ?? 0) * Self.scale)
                Raw.deal(people[conversion[0]] ?? .null, at: Raw.time(conversion[1]), amount, &transaction)
            }
            for row in spend {
                let amount = Money(amount: Int64((Double(row[4]) ?? 0) * Self.scale), currency: Raw.dollars)
                _ = Raw.put(
                    Observation.schema,
                    [
                        "measure": .text("spend"), "channel": .text(Self.channels[row[1]] ?? ""),
                        "campaign_id": campaigns[row[3]] ?? .null, "on": Day(row[0]).map { .day($0) } ?? .null,
                        "amount": .money(amount),
                    ], &transaction)
            }
        }
        return company
    }

    // MARK: The paths

    @Test("of 88,387 journeys over 378,209 touches come out equal", .enabled(if: isThere("attribution_paths")))
    func paths() throws {
        let expected = try Self.expected("attribution_paths")
        let names = (expected["touches_by_channel"]?["value"]?.members ?? []).map(\.name)
        let channels = Dictionary(uniqueKeysWithValues: zip(names, Words.channels))
        let company = try Company(at: "2026-01-01T00:00:00Z")
        for rows in try Self.rows("attribution_paths/paths.csv").chunks(of: 500) {
            try company.perform { transaction throws(Refusal) in
                for row in rows { Self.load(row, channels, &transaction) }
            }
        }
        #expect(company.view.count("touches") == 378_209)
        let facts = Facts(of: company.view)
        for (figure, model) in [
            ("first_touch", AttributionModel.firstTouch), ("last_touch", .lastTouch), ("linear", .linear),
            ("position_based", .positionBased), ("time_decay", .timeDecay), ("markov_by_journey", .markov),
        ] {
            let report = try Self.report(facts, model, .channel)
            let wanted = expected[figure]?["value"]?.members ?? []
            let effects = model == .markov ? expected["markov_removal_effect"]?["value"] : nil
            try Self.compare(report, wanted, channels, effects: effects, .channel)
            #expect(report["difference"]?["amount"] == 0)
        }
    }

    private static let first = instant("2024-01-01T00:00:00Z")

    /// The journeys that one line stands for, as its set says.
    private static func load(_ row: [String], _ channels: [String: String], _ transaction: inout Transaction) {
        let path = row[0].components(separatedBy: " > ").map { channels[$0] ?? "" }
        let (won, value, open) = (Int(row[1]) ?? 0, Double(row[2]) ?? 0, Int(row[3]) ?? 0)
        for number in 0..<won + open {
            let lead = Raw.lead(capturedAt: first, &transaction)
            for (place, channel) in path.enumerated() {
                Raw.touch(
                    lead, channel, at: first.advanced(byMilliseconds: Int64(place) * Instant.dayMilliseconds),
                    &transaction)
            }
            guard number < won else { continue }
            let end = first.advanced(byMilliseconds: Int64(path.count) * Instant.dayMilliseconds)
            Raw.deal(lead, at: end, Int64((value / Double(won) * scale).rounded()), &transaction)
        }
    }

    // MARK: How

    private static func report(_ facts: Facts, _ model: AttributionModel, _ dimension: Metrics.Dimension) throws -> JSON
    {
        var question = try Question("group_by=\(dimension.rawValue)")
        question.options.model = model
        question.options.lookbackDays = 36_500
        return try AttributionReport.answer(question, in: facts)
    }

    private static func compare(
        _ report: JSON, _ wanted: [JSON.Member], _ names: [String: String], effects: JSON?,
        _ dimension: Metrics.Dimension
    ) throws {
        #expect(!wanted.isEmpty)
        let groups = report["groups"]?.elements ?? []
        for credit in wanted {
            let group = groups.first { group in
                let label = group["labels"]?[dimension.rawValue] ?? group["key"]?[dimension.rawValue] ?? nil
                return (label.text ?? "(none)") == (names[credit.name] ?? credit.name)
            }
            let (share, value) = (credit.value["conversions"]?.double ?? -1, credit.value["value"]?.double ?? -1)
            let found = group?["conversions"]?.double ?? 0
            #expect(abs(found - share) <= 1e-9 * max(1, share), "\(credit.name): \(found), not \(share)")
            let touches = group?["touches"]?.double ?? 0
            let amount = (group?["value"]?["amount"]?.double ?? 0) / scale
            #expect(abs(amount - value) <= (touches + 1) / scale, "\(credit.name): \(amount), not \(value)")
            guard let effect = effects?[credit.name]?.double, group != nil else { continue }
            #expect(abs((group?["removal_effect"]?.double ?? -1) - effect) < 1e-9, "\(credit.name)")
        }
    }
}

/// Records put as they are, without the rules: a set's own journeys are taken whole.
private enum Raw {
    static func put(_ schema: Schema, _ values: [String: Value], _ transaction: inout Transaction) -> Value {
        var draft = transaction.draft(of: schema)
        for (name, value) in values { draft[name] = value }
        return .reference(transaction.put(draft).id)
    }

    static var dollars: Currency {
        guard let dollars = Currency("USD") else { preconditionFailure("USD is a currency") }
        return dollars
    }

    /// `2020-02-04 4:30:21`, hours not padded.
    static func time(_ text: String) -> Instant {
        let parts = text.split(separator: " ")
        let clock = parts[1].count < 8 ? "0\(parts[1])" : String(parts[1])
        return instant("\(parts[0])T\(clock)Z")
    }

    static func lead(capturedAt: Instant, _ transaction: inout Transaction) -> Value {
        put(Lead.schema, ["captured_at": .instant(capturedAt)], &transaction)
    }

    static func touch(
        _ lead: Value, _ channel: String, at: Instant, _ transaction: inout Transaction, campaign: Value = .null
    ) {
        _ = put(
            Touch.schema,
            [
                "lead_id": lead, "channel": .text(channel), "type": .text("visit"), "occurred_at": .instant(at),
                "campaign_id": campaign,
            ], &transaction)
    }

    static func deal(_ lead: Value, at: Instant, _ amount: Int64, _ transaction: inout Transaction) {
        let won: Value = .object([.text("won"), .instant(at), .null, .bool(false), .null])
        _ = put(
            Deal.schema,
            [
                "lead_ids": .list([lead]), "amount": .money(Money(amount: amount, currency: Raw.dollars)),
                "opened_at": .instant(at), "closed_at": .instant(at), "stage": .text("won"),
                "stage_history": .list([won]),
            ], &transaction)
    }
}

extension Array {
    fileprivate func chunks(of count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
    }
}
