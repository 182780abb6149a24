internal import JSON
internal import Store

/// How an unknown visitor becomes a lead: what it did before is the lead's from then on.
enum Visitors {
    /// Says that a visitor is a lead.
    static func identify(_ visitor: String, as lead: Identifier, in transaction: inout Transaction) throws(Refusal) {
        guard let record = transaction.record("leads", lead) else { return }
        let known = record["visitor_ids"].elements
        if known.contains(.text(visitor)) { return }
        try demandFree(visitor, for: lead, in: transaction)
        guard known.count < Lead.visitorsMax else {
            throw .conflict(
                rule: "a lead is at most \(Lead.visitorsMax) visitors", state: [.init("id", .string(record.idText))])
        }
        var draft = Draft(record)
        draft["visitor_ids"] = .list(known + [.text(visitor)])
        try Lead.demandBlank(draft)
        transaction.put(draft)
        if let no = adoptTouches(of: [visitor], by: lead, in: &transaction) {
            Consent.withdraw(by: no, in: &transaction)
        }
    }

    /// Whether a visitor can be a lead: it is no other one, and the lead not too many others.
    static func mayBe(_ visitor: String, _ lead: Record, in transaction: Transaction) -> Bool {
        let known = lead["visitor_ids"].elements
        if known.contains(.text(visitor)) { return true }
        return known.count < Lead.visitorsMax
            && transaction.records("leads", where: "visitor_ids", is: .text(visitor)).allSatisfy { $0.id == lead.id }
    }

    /// Refuses a visitor that is another lead already.
    static func demandFree(_ visitor: String, for lead: Identifier, in transaction: Transaction) throws(Refusal) {
        let others = transaction.records("leads", where: "visitor_ids", is: .text(visitor))
        guard let other = others.first(where: { $0.id != lead }) else { return }
        guard transaction.shows(other) else {
            throw .conflict(rule: "a visitor is one lead, and this one is a lead that you do not see", state: [])
        }
        // Without the visitor's id, a personal datum: an import's report of refused rows is kept in the ledger.
        throw .conflict(
            rule: "a visitor is one lead, and this one is \(other.idText)",
            state: [.init("id", .string(other.idText)), .init("href", .string("/v1/leads/\(other.idText)"))])
    }

    /// Gives the touches of visitors to their lead, and tells one by which the person unsubscribed.
    @discardableResult
    static func adoptTouches(
        of visitors: [String], by lead: Identifier, in transaction: inout Transaction
    ) -> Record? {
        var no: Record?
        for visitor in visitors {
            for touch in transaction.records("touches", where: "visitor_id", is: .text(visitor))
            where touch["lead_id"].isNull {
                var draft = Draft(touch)
                draft["lead_id"] = .reference(lead)
                let adopted = transaction.put(draft)
                if adopted["type"].text == "email_unsubscribe" { no = adopted }
            }
        }
        return no
    }

    /// The earliest touch of some visitors.
    static func firstTouch(of visitors: [String], in transaction: Transaction) -> Record? {
        let touches = visitors.flatMap { transaction.records("touches", where: "visitor_id", is: .text($0)) }
        return touches.min { ($0["occurred_at"].instant, $0.id) < ($1["occurred_at"].instant, $1.id) }
    }
}

private func < (left: (Instant?, Identifier), right: (Instant?, Identifier)) -> Bool {
    guard let leftTime = left.0, let rightTime = right.0, leftTime != rightTime else { return left.1 < right.1 }
    return leftTime < rightTime
}
