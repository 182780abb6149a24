internal import Domain
internal import Store

/// One activity.
struct ActivityRow: FactRow {
    /// When it was done: ``Facts/never`` of a task that was not.
    var at = Facts.never
    var lead = RowIDs.none
    var deal = RowIDs.none
    var content = RowIDs.none
    /// Whether a human of us was in contact: acceptance and automatic mail are none.
    var isContact = false
    /// Whether a human of us did it.
    var isByHand = false

    init() {}

    private static let slots = Slots(Activity.schema)
    private static let atSlot = slots("occurred_at")
    private static let completedSlot = slots("completed_at")
    private static let typeSlot = slots("type")
    private static let leadSlot = slots("lead_id")
    private static let dealSlot = slots("deal_id")
    private static let contentSlot = slots("content_id")
    private static let userSlot = slots("user_id")
    private static let automaticSlot = slots("automatic")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        let isTask = record.value(at: Self.typeSlot).text == "task"
        at = record.time(at: isTask ? Self.completedSlot : Self.atSlot)
        lead = links.row(of: record.reference(at: Self.leadSlot), in: .leads)
        deal = links.row(of: record.reference(at: Self.dealSlot), in: .deals)
        content = links.row(of: record.reference(at: Self.contentSlot), in: .contents)
        isContact = Activity.isHumanContact(record)
        isByHand = !record.value(at: Self.userSlot).isNull && record.value(at: Self.automaticSlot) != .bool(true)
    }
}
