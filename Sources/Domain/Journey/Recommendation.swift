public import JSON
public import Store

/// Finds contents for a deal or a lead: those that fit its phase, product and open objections, ranked by the win rate of
/// the deals that used them.
public struct Recommendation {
    /// The resources that it rests on and tells of.
    public static let resources = ["contents", "deals", "objections", "touches", "activities"]

    /// How closed deals went that used a content.
    public struct Outcomes: Sendable {
        fileprivate private(set) var won = 0
        fileprivate private(set) var lost = 0

        /// Of no deal.
        public init() {}

        /// Counts one more deal.
        public mutating func add(isWon: Bool) {
            if isWon { won += 1 } else { lost += 1 }
        }

        /// The lower bound of the Wilson interval (95 %), so that one lucky deal does not come first.
        fileprivate var rank: Double {
            let count = Double(won + lost)
            guard count > 0 else { return 0 }
            let (z, share) = (1.959964, Double(won) / count)
            let centre = share + z * z / (2 * count)
            let spread = z * ((share * (1 - share) + z * z / (4 * count)) / count).squareRoot()
            return (centre - spread) / (1 + z * z / count)
        }
    }

    private let phase: String?
    private let products: Set<Identifier>
    private let categories: Set<String>
    private let seen: Set<Identifier>
    private let outcomes: [Identifier: Outcomes]

    // MARK: For whom

    /// What a deal needs now.
    ///
    /// - Parameters:
    ///   - seen: the contents that it has used.
    ///   - outcomes: how deals went, by the contents that they used.
    public static func json(
        forDeal deal: Record, seen: Set<Identifier>, _ outcomes: [Identifier: Outcomes], in view: View
    ) -> JSON {
        let open = view.records(Objection.schema.name, where: "deal_id", is: .identifier(deal.id))
            .filter { $0["status"].text == "open" || $0["is_satisfied"] == .bool(false) }
        let isWon = deal["stage"].text == PipelineStages.won
        return Recommendation(
            phase: isWon ? "post_purchase" : "purchase",
            products: Set(deal["lines"].elements.compactMap { $0.parts[0].reference }),
            categories: Set(open.compactMap { $0["category"].text }),
            seen: seen, outcomes: outcomes
        ).json(in: view)
    }

    /// What a lead needs now: its deals' objections count as its own.
    ///
    /// - Parameter outcomes: how deals went, by the contents that they used.
    public static func json(
        forLead lead: Record, _ outcomes: [Identifier: Outcomes], in view: View
    ) -> JSON {
        let deals = view.records(Deal.schema.name, where: "lead_ids", is: .identifier(lead.id)).filter(Deal.isOpen)
        let open = deals.flatMap { view.records(Objection.schema.name, where: "deal_id", is: .identifier($0.id)) }
            .filter { $0["status"].text == "open" || $0["is_satisfied"] == .bool(false) }
        let touches = view.records(Touch.schema.name, where: "lead_id", is: .identifier(lead.id))
        return Recommendation(
            phase: lead["phase"].text,
            products: Set(deals.flatMap { $0["lines"].elements.compactMap { $0.parts[0].reference } }),
            categories: Set(open.compactMap { $0["category"].text }),
            seen: Set(touches.compactMap { $0["content_id"].reference }), outcomes: outcomes
        ).json(in: view)
    }

    // MARK: Ranking

    private func json(in view: View) -> JSON {
        let fitting = view.records(Content.schema.name, where: "status", is: .text("published")).compactMap { content in
            let reasons = reasons(for: content)
            return reasons.map { (content: content, reasons: $0, use: outcomes[content.id] ?? Outcomes()) }
        }
        let ranked = fitting.sorted { left, right in
            let (first, second) = (Self.weight(left.reasons), Self.weight(right.reasons))
            if first != second { return first > second }
            return left.use.rank == right.use.rank
                ? left.content.id < right.content.id : left.use.rank > right.use.rank
        }
        return [
            "data": .array(
                ranked.map { content, reasons, use in
                    let count = use.won + use.lost
                    return [
                        "content_id": .string(content.idText), "title": .string(content["title"].text ?? ""),
                        "kind": content["kind"].json(of: .text(max: 100)), "url": content["url"].json(of: .url),
                        "reasons": .array(reasons.map { .string($0) }), "won": .integer(Int64(use.won)),
                        "lost": .integer(Int64(use.lost)),
                        "win_rate": count == 0 ? .null : .number(Double(use.won) / Double(count)),
                        "win_rate_lower_bound": count == 0 ? .null : .number((use.rank * 1e6).rounded() / 1e6),
                        "seen": .bool(seen.contains(content.id)),
                    ]
                }), "next": .null,
        ]
    }

    /// An open objection that is answered says more than the product, and that more than the phase.
    private static func weight(_ reasons: [String]) -> Int {
        reasons.reduce(0) { $0 + ($1.hasPrefix("answers") ? 4 : $1.hasPrefix("is about") ? 2 : 1) }
    }

    /// Why a content fits; `nil` where it does not: it is for another phase or product, or nothing speaks for it.
    private func reasons(for content: Record) -> [String]? {
        var reasons: [String] = []
        let answered = content["objection_categories"].elements.compactMap(\.text).filter(categories.contains)
        reasons += answered.map { "answers the objection: \($0)" }
        if let product = content["product_id"].reference {
            guard products.contains(product) || products.isEmpty && answered.isEmpty == false else { return nil }
            if products.contains(product) { reasons.append("is about the product") }
        }
        let phases = content["phases"].elements.compactMap(\.text)
        let isAfterSale = content["audience"].text == "post_sale"
        guard isAfterSale == (phase == "post_purchase") else { return nil }
        if let phase, phases.contains(phase) {
            reasons.append("is for the phase \(phase)")
        } else if !phases.isEmpty, answered.isEmpty {
            return nil
        }
        return reasons.isEmpty ? nil : reasons
    }
}
