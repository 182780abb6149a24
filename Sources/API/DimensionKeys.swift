internal import Domain
internal import Metrics
internal import Store

extension Dimension {
    /// What a key would be instead of a text that can be none; `nil` where it can be one.
    ///
    /// - Parameter resources: those of whose records a figure is.
    func expectation(insteadOf text: String, of resources: [Schema]) -> String? {
        switch self {
        case .day: Day(text) == nil ? "a day such as 2026-01-31" : nil
        case .month: Day("\(text)-01") == nil ? "a month such as 2026-01" : nil
        case .year: Day("\(text)-01-01") == nil ? "a year such as 2026" : nil
        case .quarter: Self.isUnit(text, "-Q", digits: 1, most: 4) ? nil : "a quarter such as 2026-Q1"
        case .week: Self.isWeek(text) ? nil : "an ISO week such as 2026-W05"
        case .channel: Self.word(text, of: Words.channels)
        case .phase: Self.word(text, of: Stage.phases)
        case .source: Self.source(text)
        case .scoreBand: ScoreBand(text) == nil ? "a band of 25 scores such as 50-74" : nil
        case .stage: Self.word(text, of: Self.stages(of: resources))
        case .reason, .category: Self.word(text, of: words(of: resources))
        case .campaign, .owner, .manager, .team, .content: named.flatMap { Self.id(text, of: $0) }
        case .region, .product, .industry: nil
        }
    }

    /// The resource whose records' ids are its keys.
    var named: Schema? {
        switch self {
        case .campaign: Campaign.schema
        case .owner, .manager: User.schema
        case .team: Team.schema
        case .content: Content.schema
        default: nil
        }
    }

    /// Where there are no words, any text may be one.
    private static func word(_ text: String, of words: [String]) -> String? {
        words.isEmpty || words.contains(text) ? nil : "one of \(words.joined(separator: ", "))"
    }

    /// Deals are in the stages of their pipelines, which a company names.
    private static func stages(of resources: [Schema]) -> [String] {
        resources.map(\.name) == [Lead.schema.name] ? Stage.allCases.map(\.rawValue) : []
    }

    /// The reasons or kinds that records of some resources can have.
    private func words(of resources: [Schema]) -> [String] {
        var words: [String] = []
        for schema in resources {
            guard let name = self == .reason ? Self.reasons[schema.name] : Self.categories[schema.name],
                case .choice(let choices)? = schema.path(name)?.field.type
            else { continue }
            words += choices.filter { !words.contains($0) }
        }
        return words
    }

    private static let reasons = [HandOff.schema.name: "reason_code"]
    private static let categories = [
        HandOff.schema.name: "reason_class", Deal.schema.name: "lost_category", Objection.schema.name: "category",
        Insight.schema.name: "kind", Purchase.schema.name: "kind",
    ]

    /// A channel, and behind a stroke a medium.
    private static func source(_ text: String) -> String? {
        let channel = String(text.prefix { $0 != "/" })
        return channel.isEmpty || Words.channels.contains(channel)
            ? nil : "a channel and a medium such as search/paid; channels are \(Words.channels.joined(separator: ", "))"
    }

    private static func id(_ text: String, of schema: Schema) -> String? {
        Identifier(text, prefix: schema.prefix) == nil
            ? "the id of one of \(schema.name), such as \(schema.prefix)_…" : nil
    }

    /// A year has 53 weeks where its first or its last day is a Thursday (ISO 8601), else 52.
    private static func isWeek(_ text: String) -> Bool {
        guard isUnit(text, "-W", digits: 2, most: 53) else { return false }
        guard text.hasSuffix("53") else { return true }
        // 1970-01-01 was a Thursday.
        let ends = ["01-01", "12-31"].compactMap { Day("\(text.prefix(4))-\($0)") }
        return ends.contains { $0.number % 7 == 0 }
    }

    private static func isUnit(_ text: String, _ mark: String, digits: Int, most: Int) -> Bool {
        let parts = text.split(separator: Character(String(mark.dropFirst())), omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 5, parts[0].hasSuffix("-"), Int(parts[0].dropLast()) != nil else {
            return false
        }
        return parts[1].count == digits && (Int(parts[1]).map { (1...most).contains($0) } ?? false)
    }
}
