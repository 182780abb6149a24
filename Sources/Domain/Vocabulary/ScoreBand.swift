/// Scores 25 by 25, as figures group them; what is below zero is in the first.
public struct ScoreBand: Equatable, Sendable {
    /// How many scores one has.
    private static let width: Int64 = 25

    /// Its place, counted from 0.
    public let number: Int64

    /// The band of a place, counted from 0.
    public init(number: Int64) { self.number = number }

    /// The band that a score is in.
    public init(of score: Int64) { number = max(0, score / Self.width) }

    /// Reads what ``text`` writes; `nil` of anything else.
    public init?(_ text: String) {
        guard let low = Int64(text.prefix { $0 != "-" }), low >= 0, low <= Int64.max - Self.width else { return nil }
        self.init(of: low)
        guard text == self.text else { return nil }
    }

    /// The least and the greatest score in it, such as `50-74`.
    public var text: String { "\(number * Self.width)-\(number * Self.width + Self.width - 1)" }
}
