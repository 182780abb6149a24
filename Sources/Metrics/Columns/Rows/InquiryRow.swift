internal import Domain
internal import Store

/// One inquiry.
struct InquiryRow: KeptRow {
    var receivedAt = Facts.never
    /// When it was answered first, and when that was due: who asks again asks another time.
    var answeredAt = Facts.never
    var dueAt = Facts.never
    var lead = RowIDs.none
    var owner = RowIDs.none
    var channel = WordList.none

    init() {}

    private static let slots = Slots(Inquiry.schema)
    static let earlierFields = EarlierFields(slots)
    private static let receivedSlot = slots("received_at")
    private static let answeredSlot = slots("answered_at")
    private static let dueSlot = slots("due_at")
    private static let leadSlot = slots("lead_id")
    private static let ownerSlot = slots("owner_id")
    private static let channelSlot = slots("channel")
    private static let firstAnsweredSlot = slots("first_answered_at")
    private static let firstDueSlot = slots("first_due_at")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        receivedAt = record.time(at: Self.receivedSlot)
        let firstAnswer = record.time(at: Self.firstAnsweredSlot)
        let wasReopened = firstAnswer != Facts.never
        answeredAt = wasReopened ? firstAnswer : record.time(at: Self.answeredSlot)
        dueAt = record.time(at: wasReopened ? Self.firstDueSlot : Self.dueSlot)
        lead = links.row(of: record.reference(at: Self.leadSlot), in: .leads)
        owner = links.row(of: record.reference(at: Self.ownerSlot), in: .users)
        channel = words.number(of: record, at: Self.channelSlot)
    }

    mutating func goBack(to was: EarlierFields.Entry, _ links: Links, _ words: inout WordList) {
        owner = links.row(of: was("owner_id").reference, in: .users)
    }
}
