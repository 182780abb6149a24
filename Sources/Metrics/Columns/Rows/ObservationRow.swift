internal import Domain
internal import Store

/// One observation.
struct ObservationRow: FactRow {
    /// `Int32.max` of what is gone.
    var on = Int32.max
    var measure = WordList.none
    var channel = WordList.none
    var campaign = RowIDs.none
    /// In thousandths.
    var thousandths: Int64 = 0
    var amount = Sum(nil)

    init() {}

    private static let slots = Slots(Observation.schema)
    private static let onSlot = slots("on")
    private static let measureSlot = slots("measure")
    private static let channelSlot = slots("channel")
    private static let campaignSlot = slots("campaign_id")
    private static let valueSlot = slots("value")
    private static let amountSlot = slots("amount")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        on = record.day(at: Self.onSlot)
        measure = words.number(of: record, at: Self.measureSlot)
        channel = words.number(of: record, at: Self.channelSlot)
        campaign = links.row(of: record.reference(at: Self.campaignSlot), in: .campaigns)
        thousandths = Int64(((record.value(at: Self.valueSlot).double ?? 0) * 1000).rounded())
        amount = record.sum(at: Self.amountSlot)
    }
}
