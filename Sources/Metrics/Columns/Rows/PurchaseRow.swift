internal import Domain
internal import Store

/// One purchase.
struct PurchaseRow: FactRow {
    var at = Facts.never
    var kind = WordList.none
    var amount = Sum(nil)
    var baseAmount = Sum(nil)
    var account = RowIDs.none
    var lead = RowIDs.none
    /// Whether a won deal made it.
    var isOfDeal = false
    var deal = RowIDs.none
    var product = RowIDs.none
    var termMonths: Int32 = 0
    /// When it was taken back; ``Facts/never`` where it was not.
    var takenBackAt = Facts.never

    init() {}

    private static let slots = Slots(Purchase.schema)
    private static let atSlot = slots("occurred_at")
    private static let kindSlot = slots("kind")
    private static let amountSlot = slots("amount")
    private static let baseSlot = slots("base_amount")
    private static let accountSlot = slots("account_id")
    private static let leadSlot = slots("lead_id")
    private static let dealSlot = slots("deal_id")
    private static let productSlot = slots("product_id")
    private static let termSlot = slots("term_months")
    private static let takenBackSlot = slots("taken_back_at")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        at = record.time(at: Self.atSlot)
        kind = words.number(of: record, at: Self.kindSlot)
        amount = record.sum(at: Self.amountSlot)
        baseAmount = record.sum(at: Self.baseSlot)
        account = links.row(of: record.reference(at: Self.accountSlot), in: .accounts)
        lead = links.row(of: record.reference(at: Self.leadSlot), in: .leads)
        let id = record.reference(at: Self.dealSlot)
        isOfDeal = id != nil
        deal = links.row(of: id, in: .deals)
        product = links.row(of: record.reference(at: Self.productSlot), in: .products)
        termMonths = record.value(at: Self.termSlot).whole.map { Int32(clamping: $0) } ?? 0
        takenBackAt = record.time(at: Self.takenBackSlot)
    }
}
