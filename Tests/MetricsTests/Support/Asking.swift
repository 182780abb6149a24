import Domain
import JSON
import Metrics
import Store
import Testing

extension Question {
    /// A question as it stands in an address, `from=2026-01-01&group_by=month`; asked on the first of November 2026.
    init(_ text: String) throws {
        let items = text.split(separator: "&").map { item -> (name: String, value: String) in
            let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
        self.init(asOf: instant("2026-11-01T00:00:00Z"))
        for item in items where item.name == "tz" { zone = try #require(Zone(item.value)) }
        for item in items where item.name != "tz" { try read(item.name, item.value) }
    }

    private mutating func read(_ name: String, _ value: String) throws {
        switch name {
        case "from": from = try time(value)
        case "to": to = try time(value)
        case "as_of": asOf = try time(value)
        case "basis": basis = try known(Basis(rawValue: value))
        case "compare": comparison = try known(Comparison(rawValue: value))
        case "currency": currency = try known(Currency(value))
        case "definition": options.sourced = try known(SourcedDefinition(rawValue: value))
        case "model": options.model = try known(AttributionModel(rawValue: value))
        case "lifetime": options.lifetime = try known(LifetimeModel(rawValue: value))
        case "group_by": groupBy = try value.split(separator: ",").map { try #require(Dimension(rawValue: String($0))) }
        case "lookback_days": options.lookbackDays = try #require(Int64(value))
        case "weight": options.isWeighedByAmount = value == "amount"
        case "within": options.withinMilliseconds = try #require(Int64(value.dropLast())) * Instant.dayMilliseconds
        case "from_stage": options.fromStage = try known(Stage(rawValue: value))
        case "to_stage": options.toStage = try known(Stage(rawValue: value))
        default: filters.append((try #require(Dimension(rawValue: name)), value == "null" ? nil : value))
        }
    }

    /// What the test wrote must be a word that there is.
    private func known<Word>(_ word: Word?) throws -> Word { try #require(word) }

    private func time(_ text: String) throws -> Instant {
        if let day = Day(text) { return zone.start(of: day) }
        return try #require(Instant(text))
    }
}

extension Company {
    /// The answer; the link to its rows is the narrowing alone, as an address would have it.
    func ask(_ metric: String, _ question: String = "") throws -> JSON {
        try #require(Catalogue.metric(metric)).answer(Question(question), in: Facts(of: view), rows: .narrowing).json
    }

    func rows(_ metric: String, _ question: String = "") throws -> [JSON] {
        try #require(Catalogue.metric(metric)).rows(Question(question), in: Facts(of: view), limit: .max).data
    }

    func funnel(_ question: String = "") throws -> JSON {
        try Funnel.answer(try Question(question), in: Facts(of: view)).json
    }

    /// The values of the groups, each after its keys: `2026-04 search: 3`, money in whole units.
    func groups(_ metric: String, _ question: String) throws -> [String] {
        let groups = try #require(try ask(metric, question)["groups"]?.elements)
        return groups.map { group in
            let keys = (group["key"]?.members ?? []).map { group["labels"]?[$0.name]?.text ?? $0.value.text ?? "none" }
            return "\(keys.joined(separator: " ")): \(group["value"]?.figure ?? "")"
        }
    }
}

extension RowsAddresses {
    /// What narrows rows alone, as an address would have it.
    static let narrowing = RowsAddresses(whole: "", narrowed: "") { "&\($0)=\($1 ?? "null")" }
}

extension JSON {
    /// A value as a person reads it: a number, the amount of money in whole units, or null.
    var figure: String {
        switch self {
        case .integer(let number): "\(number)"
        case .number(let number): number == number.rounded() ? "\(Int(number))" : "\((number * 1e6).rounded() / 1e6)"
        case .object: "\((self["amount"]?.wholeNumber ?? 0) / 100)"
        default: "null"
        }
    }

    /// The number, whole or not.
    var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }
}
