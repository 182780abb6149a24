internal import Domain
internal import Store

/// One insight.
struct InsightRow: FactRow {
    var heardAt = Facts.never
    var settledAt = Facts.never
    var isApplied = false
    var kind = WordList.none
    var lead = RowIDs.none
    var deal = RowIDs.none
    var campaign = RowIDs.none
    var content = RowIDs.none
    var product = RowIDs.none
    var user = RowIDs.none

    init() {}

    private static let slots = Slots(Insight.schema)
    private static let heardSlot = slots("heard_at")
    private static let settledSlot = slots("settled_at")
    private static let statusSlot = slots("status")
    private static let kindSlot = slots("kind")
    private static let leadSlot = slots("lead_id")
    private static let dealSlot = slots("deal_id")
    private static let campaignSlot = slots("campaign_id")
    private static let contentSlot = slots("content_id")
    private static let productSlot = slots("product_id")
    private static let userSlot = slots("user_id")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        heardAt = record.time(at: Self.heardSlot)
        settledAt = record.time(at: Self.settledSlot)
        isApplied = record.value(at: Self.statusSlot).text == "applied"
        kind = words.number(of: record, at: Self.kindSlot)
        lead = links.row(of: record.reference(at: Self.leadSlot), in: .leads)
        deal = links.row(of: record.reference(at: Self.dealSlot), in: .deals)
        campaign = links.row(of: record.reference(at: Self.campaignSlot), in: .campaigns)
        content = links.row(of: record.reference(at: Self.contentSlot), in: .contents)
        product = links.row(of: record.reference(at: Self.productSlot), in: .products)
        user = links.row(of: record.reference(at: Self.userSlot), in: .users)
    }
}
