internal import Domain
internal import Store

/// One objection.
struct ObjectionRow: FactRow {
    var raisedAt = Facts.never
    var answeredAt = Facts.never
    var deal = RowIDs.none
    var category = WordList.none
    var content = RowIDs.none

    init() {}

    private static let slots = Slots(Objection.schema)
    private static let raisedSlot = slots("raised_at")
    private static let answeredSlot = slots("answered_at")
    private static let dealSlot = slots("deal_id")
    private static let categorySlot = slots("category")
    private static let contentSlot = slots("content_id")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        raisedAt = record.time(at: Self.raisedSlot)
        answeredAt = record.time(at: Self.answeredSlot)
        deal = links.row(of: record.value(at: Self.dealSlot).reference, in: .deals)
        category = words.number(of: record.value(at: Self.categorySlot).text)
        content = links.row(of: record.value(at: Self.contentSlot).reference, in: .contents)
    }
}

/// One offer.
struct OfferRow: FactRow {
    var offeredAt = Facts.never
    var deal = RowIDs.none
    var round: Int32 = 0
    var amount = Sum(nil)
    var listAmount = Sum(nil)
    var isAccepted = false

    init() {}

    private static let slots = Slots(Offer.schema)
    private static let offeredSlot = slots("offered_at")
    private static let dealSlot = slots("deal_id")
    private static let roundSlot = slots("round")
    private static let amountSlot = slots("amount")
    private static let listSlot = slots("list_amount")
    private static let statusSlot = slots("status")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        offeredAt = record.time(at: Self.offeredSlot)
        deal = links.row(of: record.value(at: Self.dealSlot).reference, in: .deals)
        round = record.value(at: Self.roundSlot).whole.map { Int32(clamping: $0) } ?? 0
        amount = record.sum(at: Self.amountSlot)
        listAmount = record.sum(at: Self.listSlot)
        isAccepted = record.value(at: Self.statusSlot).text == "accepted"
    }
}
