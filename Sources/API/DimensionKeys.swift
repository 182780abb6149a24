internal import Domain
internal import Metrics
internal import Store

extension Dimension {
    /// What a key would be instead of a text that can be none; `nil` where it can be one.
    func expectation(insteadOf text: String) -> String? {
        switch self {
        case .day: Day(text) == nil ? "a day such as 2026-01-31" : nil
        case .month: Day("\(text)-01") == nil ? "a month such as 2026-01" : nil
        case .year: Day("\(text)-01-01") == nil ? "a year such as 2026" : nil
        case .quarter: Self.isUnit(text, "-Q", digits: 1, most: 4) ? nil : "a quarter such as 2026-Q1"
        case .week: Self.isUnit(text, "-W", digits: 2, most: 53) ? nil : "an ISO week such as 2026-W05"
        case .channel: Words.channels.contains(text) ? nil : "one of \(Words.channels.joined(separator: ", "))"
        case .phase: Stage.phases.contains(text) ? nil : "one of \(Stage.phases.joined(separator: ", "))"
        case .campaign: Self.id(text, of: Campaign.schema)
        case .owner, .manager: Self.id(text, of: User.schema)
        case .team: Self.id(text, of: Team.schema)
        case .content: Self.id(text, of: Content.schema)
        case .source, .region, .product, .industry, .stage, .reason, .category, .scoreBand: nil
        }
    }

    private static func id(_ text: String, of schema: Schema) -> String? {
        Identifier(text, prefix: schema.prefix) == nil
            ? "the id of one of \(schema.name), such as \(schema.prefix)_…" : nil
    }

    private static func isUnit(_ text: String, _ mark: String, digits: Int, most: Int) -> Bool {
        let parts = text.split(separator: Character(String(mark.dropFirst())), omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 5, parts[0].hasSuffix("-"), Int(parts[0].dropLast()) != nil else {
            return false
        }
        return parts[1].count == digits && (Int(parts[1]).map { (1...most).contains($0) } ?? false)
    }
}
