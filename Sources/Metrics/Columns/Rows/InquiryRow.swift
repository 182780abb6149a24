internal import Domain
internal import Store

/// One inquiry.
struct InquiryRow: FactRow {
    var receivedAt = Facts.never
    /// When it was answered first, and when that was due: who asks again asks another time.
    var answeredAt = Facts.never
    var dueAt = Facts.never
    var lead = RowIDs.none
    var owner = RowIDs.none
    var channel = WordList.none

    init() {}

    private static let slots = Slots(Inquiry.schema)
    private static let receivedSlot = slots("received_at")
    private static let answeredSlot = slots("answered_at")
    private static let dueSlot = slots("due_at")
    private static let leadSlot = slots("lead_id")
    private static let ownerSlot = slots("owner_id")
    private static let channelSlot = slots("channel")
    private static let earlier = EarlierFields(slots)

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        receivedAt = record.time(at: Self.receivedSlot)
        let first = Self.earlier.entries(of: record).first { $0("answered_at").instant != nil }
        answeredAt = first?("answered_at").instant?.milliseconds ?? record.time(at: Self.answeredSlot)
        dueAt = first?("due_at").instant?.milliseconds ?? record.time(at: Self.dueSlot)
        lead = links.row(of: record.value(at: Self.leadSlot).reference, in: .leads)
        owner = links.row(of: record.value(at: Self.ownerSlot).reference, in: .users)
        channel = words.number(of: record.value(at: Self.channelSlot).text)
    }
}
