internal import Domain
internal import Store

/// One objection.
struct ObjectionRow: FactRow {
    var raisedAt = Facts.never
    /// When it was answered first; who was not satisfied is answered again.
    var answeredAt = Facts.never
    var deal = RowIDs.none
    var category = WordList.none
    /// The contents that it was answered with, in order of time.
    private(set) var contents: [(at: Int64, content: Int32)] = []

    init() {}

    private static let slots = Slots(Objection.schema)
    private static let raisedSlot = slots("raised_at")
    private static let answeredSlot = slots("answered_at")
    private static let dealSlot = slots("deal_id")
    private static let categorySlot = slots("category")
    private static let contentSlot = slots("content_id")
    private static let earlierSlot = slots("earlier_answers")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        raisedAt = record.time(at: Self.raisedSlot)
        let earlier = record.value(at: Self.earlierSlot).elements.map(\.parts)
        let answers = earlier + [[record.value(at: Self.answeredSlot), record.value(at: Self.contentSlot)]]
        for answer in answers {
            guard answer.count >= 2, let time = answer[0].instant else { continue }
            answeredAt = min(answeredAt, time.milliseconds)
            let row = links.row(of: answer[1].reference, in: .contents)
            if row >= 0 { contents.append((time.milliseconds, row)) }
        }
        contents.sort { $0.at < $1.at }
        deal = links.row(of: record.reference(at: Self.dealSlot), in: .deals)
        category = words.number(of: record, at: Self.categorySlot)
    }

    /// The content that it was answered with last, as of an instant.
    func content(asOf instant: Int64) -> Int32 { contents.last { $0.at < instant }?.content ?? RowIDs.none }
}

/// One offer.
struct OfferRow: FactRow {
    var offeredAt = Facts.never
    var deal = RowIDs.none
    var round: Int32 = 0
    var listAmount = Sum(nil)
    /// ``Facts/never`` where it was not.
    var acceptedAt = Facts.never

    init() {}

    private static let slots = Slots(Offer.schema)
    private static let offeredSlot = slots("offered_at")
    private static let dealSlot = slots("deal_id")
    private static let roundSlot = slots("round")
    private static let listSlot = slots("list_amount")
    private static let statusSlot = slots("status")
    private static let decidedSlot = slots("decided_at")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        offeredAt = record.time(at: Self.offeredSlot)
        deal = links.row(of: record.reference(at: Self.dealSlot), in: .deals)
        round = record.value(at: Self.roundSlot).whole.map { Int32(clamping: $0) } ?? 0
        listAmount = record.sum(at: Self.listSlot)
        if record.value(at: Self.statusSlot).text == "accepted" { acceptedAt = record.time(at: Self.decidedSlot) }
    }
}
