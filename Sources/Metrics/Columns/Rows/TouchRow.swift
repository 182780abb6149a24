internal import Domain
internal import Store

/// One touch.
struct TouchRow: FactRow {
    var at = Facts.never
    /// Who it was, known or not: a lead's row, or a number of the visitor below every row.
    var person: Int64 = -1
    var lead = RowIDs.none
    var campaign = RowIDs.none
    /// None of a mail that nobody got.
    var content = RowIDs.none
    var channel = WordList.none
    var source = WordList.none
    /// None of a mail that was not sent, or is not yet.
    var type = WordList.none
    var isBot = false

    init() {}

    private static let slots = Slots(Touch.schema)
    private static let atSlot = slots("occurred_at")
    private static let leadSlot = slots("lead_id")
    private static let visitorSlot = slots("visitor_id")
    private static let campaignSlot = slots("campaign_id")
    private static let contentSlot = slots("content_id")
    private static let channelSlot = slots("channel")
    private static let typeSlot = slots("type")
    private static let botSlot = slots("suspected_bot")
    private static let deliverySlot = slots("delivery")
    private static let utmSlot = slots("utm")
    private static let mediumPath = slots.path("utm.medium")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        at = record.time(at: Self.atSlot)
        lead = links.row(of: record.reference(at: Self.leadSlot), in: .leads)
        person = lead >= 0 ? Int64(lead) : Self.number(ofVisitor: record.value(at: Self.visitorSlot).text)
        campaign = links.row(of: record.reference(at: Self.campaignSlot), in: .campaigns)
        let delivery = record.value(at: Self.deliverySlot).text
        let isSent = delivery == nil || delivery == Delivery.sent
        if isSent { content = links.row(of: record.reference(at: Self.contentSlot), in: .contents) }
        channel = words.number(of: record, at: Self.channelSlot)
        let medium = record.value(at: Self.utmSlot).isNull ? nil : Self.mediumPath.value(in: record).text
        source = medium.map { words.number(of: "\(words[channel] ?? "")/\($0)") } ?? channel
        if isSent { type = words.number(of: record, at: Self.typeSlot) }
        isBot = record.value(at: Self.botSlot) == .bool(true)
    }

    /// FNV-1a of the visitor's id, negative; two visitors of a million are one by chance once in ten million companies.
    private static func number(ofVisitor visitor: String?) -> Int64 {
        guard let visitor else { return -1 }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in visitor.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int64(bitPattern: hash | 1 << 63)
    }
}
