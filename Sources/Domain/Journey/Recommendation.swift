public import JSON
public import Store

/// Finds contents for a deal or a lead: those that fit its phase, product and open objections, ranked by the win rate of
/// the deals that used them.
public struct Recommendation {
    /// What is known of how deals went that used a content.
    private struct Use {
        var won = 0
        var lost = 0

        /// The lower bound of the Wilson interval (95 %), so that one lucky deal does not come first.
        var rank: Double {
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

    // MARK: For whom

    /// What a deal needs now.
    public static func json(forDeal deal: Record, in view: View) -> JSON {
        let open = view.records(Objection.schema.name, where: "deal_id", is: .identifier(deal.id))
            .filter { $0["status"].text == "open" || $0["is_satisfied"] == .bool(false) }
        let isWon = deal["stage"].text == PipelineStages.won
        return Recommendation(
            phase: isWon ? "post_purchase" : "purchase",
            products: Set(deal["lines"].elements.compactMap { $0.parts[0].reference }),
            categories: Set(open.compactMap { $0["category"].text }),
            seen: used(by: deal, in: view)
        ).json(in: view)
    }

    /// What a lead needs now: its deals' objections count as its own.
    public static func json(forLead lead: Record, in view: View) -> JSON {
        let deals = view.records(Deal.schema.name, where: "lead_ids", is: .identifier(lead.id)).filter(Deal.isOpen)
        let open = deals.flatMap { view.records(Objection.schema.name, where: "deal_id", is: .identifier($0.id)) }
            .filter { $0["status"].text == "open" || $0["is_satisfied"] == .bool(false) }
        let touches = view.records(Touch.schema.name, where: "lead_id", is: .identifier(lead.id))
        return Recommendation(
            phase: lead["phase"].text,
            products: Set(deals.flatMap { $0["lines"].elements.compactMap { $0.parts[0].reference } }),
            categories: Set(open.compactMap { $0["category"].text }),
            seen: Set(touches.compactMap { $0["content_id"].reference })
        ).json(in: view)
    }

    // MARK: Ranking

    private func json(in view: View) -> JSON {
        let uses = Self.uses(in: view)
        let fitting = view.records(Content.schema.name, where: "status", is: .text("published")).compactMap { content in
            let reasons = reasons(for: content)
            return reasons.map { (content: content, reasons: $0, use: uses[content.id] ?? Use()) }
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

    // MARK: Use

    /// How the closed deals went that used each content: in an answer, an activity, or a touch.
    private static func uses(in view: View) -> [Identifier: Use] {
        var uses: [Identifier: Use] = [:]
        view.forEach(Deal.schema.name) { deal in
            guard !Deal.isOpen(deal) else { return }
            let isWon = deal["stage"].text == PipelineStages.won
            for content in used(by: deal, in: view) {
                if isWon { uses[content, default: Use()].won += 1 } else { uses[content, default: Use()].lost += 1 }
            }
        }
        return uses
    }

    /// What its leads saw, and what was used in activities or to answer objections, before its close: as `content_influence`
    /// counts it.
    private static func used(by deal: Record, in view: View) -> Set<Identifier> {
        var used: Set<Identifier> = []
        let closed = deal["closed_at"].instant
        func use(_ content: Value, at time: Value) {
            guard let content = content.reference, let time = time.instant, closed.map({ time < $0 }) ?? true else {
                return
            }
            used.insert(content)
        }
        func act(_ activity: Record) { use(activity["content_id"], at: Activity.doneAt(activity)) }
        view.records(Activity.schema.name, where: "deal_id", is: .identifier(deal.id)).forEach(act)
        for lead in deal["lead_ids"].elements.compactMap(\.reference) {
            view.records(Activity.schema.name, where: "lead_id", is: .identifier(lead)).forEach(act)
            for touch in view.records(Touch.schema.name, where: "lead_id", is: .identifier(lead))
            where touch["suspected_bot"] != .bool(true) { use(touch["content_id"], at: touch["occurred_at"]) }
        }
        for objection in view.records(Objection.schema.name, where: "deal_id", is: .identifier(deal.id)) {
            for answer in objection["earlier_answers"].elements.map(\.parts) where answer.count > 1 {
                use(answer[1], at: answer[0])
            }
            use(objection["content_id"], at: objection["answered_at"])
        }
        return used
    }
}
