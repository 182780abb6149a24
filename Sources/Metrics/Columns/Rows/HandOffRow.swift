internal import Domain
internal import Store

/// One hand-off.
struct HandOffRow: FactRow {
    var submittedAt = Facts.never
    var answeredAt = Facts.never
    var dueAt = Facts.never
    var contactDueAt = Facts.never
    /// When it was given to somebody else, by a hand-off of its own.
    var reroutedAt = Facts.never
    var lead = RowIDs.none
    var to = RowIDs.none
    /// The one that was in force when it was given.
    var agreement = RowIDs.none
    /// The lead's score when it was given; ``noScore`` where it had none.
    var score = Self.noScore
    var wasAccepted = false
    /// Whether it is one that ran out, given to somebody else.
    var isFollowing = false
    var reason = WordList.none
    var category = WordList.none

    init() {}

    static let noScore = Int32.min

    /// The band that the score is in; ``LeadTable/noBand`` where it had none.
    var scoreBand: Int32 {
        score == Self.noScore ? LeadTable.noBand : LeadTable.number(of: ScoreBand(of: Int64(score)))
    }

    /// Whether it had been answered, or its time to be was over.
    func isDecided(asOf instant: Int64) -> Bool { answeredAt < instant || instant > dueAt }

    /// Whether it had been answered before it was due.
    func isAnsweredInTime(asOf instant: Int64) -> Bool { answeredAt < instant && answeredAt <= dueAt }

    private static let slots = Slots(HandOff.schema)
    private static let submittedSlot = slots("submitted_at")
    private static let answeredSlot = slots("answered_at")
    private static let dueSlot = slots("due_at")
    private static let contactDueSlot = slots("contact_due_at")
    private static let reroutedSlot = slots("rerouted_at")
    private static let previousSlot = slots("previous_id")
    private static let leadSlot = slots("lead_id")
    private static let toSlot = slots("to")
    private static let agreementSlot = slots("agreement_id")
    private static let scoreSlot = slots("score")
    private static let reasonSlot = slots("reason_code")
    private static let classSlot = slots("reason_class")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        submittedAt = record.time(at: Self.submittedSlot)
        answeredAt = record.time(at: Self.answeredSlot)
        dueAt = record.time(at: Self.dueSlot)
        contactDueAt = record.time(at: Self.contactDueSlot)
        reroutedAt = record.time(at: Self.reroutedSlot)
        lead = links.row(of: record.reference(at: Self.leadSlot), in: .leads)
        to = links.row(of: record.reference(at: Self.toSlot), in: .users)
        agreement = links.row(of: record.reference(at: Self.agreementSlot), in: .agreements)
        score = record.value(at: Self.scoreSlot).whole.map { Int32(clamping: $0) } ?? Self.noScore
        wasAccepted = HandOff.wasAccepted(record)
        isFollowing = record.reference(at: Self.previousSlot) != nil
        reason = words.number(of: record, at: Self.reasonSlot)
        category = words.number(of: record, at: Self.classSlot)
    }
}
