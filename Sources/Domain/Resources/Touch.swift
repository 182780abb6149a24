public import Store

/// One interaction of a person with the company: a fact, which does not change.
public enum Touch: Resource {
    private static let never = "nothing: a touch is a fact"

    /// The declaration.
    public static let schema = Schema(
        "touches", prefix: "touch", "One interaction of a person with the company.",
        fields: [
            Field(
                "lead_id", .reference(Lead.reference), "The lead; where only a visitor is known, the lead it becomes."
            )
            .onCreate(then: never).subject(),
            Field("visitor_id", .text(max: 200), "The visitor's id on your site, before a name is known.")
                .onCreate(then: never).indexedWhereThere().personal(),
            Field("campaign_id", .reference(Campaign.reference), "The campaign that led to it.").onCreate(then: never),
            Field("channel", .choice(Words.channels), "Where it happened; the campaign's channel where not given.")
                .onCreate(then: never),
            Field("type", .choice(Words.touchTypes), "What happened.").required().onCreate(then: never),
            Field("content_id", .reference(Content.reference), "The content that was seen or sent.")
                .onCreate(then: never).sparse(),
            Field("user_id", .reference(User.reference), "Who of us it was with.").onCreate(then: never).sparse(),
            Field("url", .url, "The page or link; utm keys in it say which campaign led here.").onCreate(then: never)
                .personal().sparse(),
            UTM.field.onCreate(then: never).sparse(),
            Field(
                "message_id", .text(max: 300),
                "The mail that it is about, as whoever delivered it calls it; of a nurture's, its touch."
            )
            .onCreate(then: never).personal().indexed().sparse(),
            Field("links", .integer(0...10_000), "How many links the mail has, on its delivery.")
                .onCreate(then: never).sparse(),
            Field("user_agent", .text(max: 1000), "What the browser or mail program calls itself.")
                .onCreate(then: never).personal().sparse(),
            Field("suspected_bot", .bool, "Whether a machine did it, such as a mail scanner; left out of figures.")
                .with(default: .bool(false)).readOnly().sparse(),
            Delivery.field,
            Field("delivery_failure", .text(max: 500), "Why it was not delivered; mail servers name the address there.")
                .readOnly().personal().sparse(),
            Field("occurred_at", .instant, "When it happened; now where not given.").onCreate(then: never).indexed(),
        ])

    // Millions are made, and each looks at all of these.
    private static let leadSlot = schema.slot(of: "lead_id")
    private static let visitorSlot = schema.slot(of: "visitor_id")
    private static let campaignSlot = schema.slot(of: "campaign_id")
    private static let channelSlot = schema.slot(of: "channel")
    private static let messageSlot = schema.slot(of: "message_id")
    private static let typeSlot = schema.slot(of: "type")
    private static let urlSlot = schema.slot(of: "url")
    private static let utmSlot = schema.slot(of: "utm")
    private static let agentSlot = schema.slot(of: "user_agent")
    private static let campaignChannelSlot = Campaign.schema.slot(of: "channel")
    /// As they stand in JSON.
    private static let scannedTypes = ["email_click", "email_delivered", "email_sent"].map { Array("\"\($0)\"".utf8) }
    private static let withdrawals = [Array("\"email_unsubscribe\"".utf8)]

    /// Marketing.
    public static let writers = Grants(any: [.marketingManager, .digitalMarketer])

    /// Finds the visitor's lead, the campaign and its channel, and the time.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        var faults = BusinessTime.complete("occurred_at", of: &draft, now: transaction.now)
        if draft.values[leadSlot].isNull, draft.values[visitorSlot].isNull {
            faults.append(Fault("/lead_id", "a touch needs a lead_id or a visitor_id"))
        }
        findCampaign(of: &draft, mail: mail(of: &draft, in: transaction), in: transaction)
        if draft.values[channelSlot].isNull {
            faults.append(Fault("/channel", "is required where no campaign and no utm medium says it"))
        }
        try Refusal.demandNone(faults)
        if BotAgents.isOne(draft.values[agentSlot].text) { draft["suspected_bot"] = .bool(true) }
        guard let visitor = draft.values[visitorSlot].text else { return }
        if let lead = draft.values[leadSlot].reference {
            try Visitors.identify(visitor, as: lead, in: &transaction)
        } else if let lead = transaction.records("leads", where: "visitor_ids", is: .text(visitor)).first {
            draft.values[leadSlot] = .reference(lead.id)
        }
    }

    /// The mail of a nurture that a touch is about, which calls itself by the id of its touch, at the sender's domain.
    private static func mail(of draft: inout Draft, in transaction: Transaction) -> Record? {
        guard let message = draft.values[messageSlot].text else { return nil }
        let name = message.drop { $0 == "<" }.prefix { $0 != "@" && $0 != ">" }
        guard let id = Identifier(String(name), prefix: schema.prefix), let mail = transaction.record(schema.name, id)
        else { return nil }
        draft.values[messageSlot] = .text(mail.idText)
        return mail
    }

    private static func findCampaign(of draft: inout Draft, mail: Record?, in transaction: Transaction) {
        if draft.values[utmSlot].isNull, let url = draft.values[urlSlot].text, url.contains("utm_") {
            let utm = UTM(url: url)
            if !utm.isEmpty { draft.values[utmSlot] = utm.value }
        }
        guard draft.values[campaignSlot].isNull || draft.values[channelSlot].isNull else { return }
        let utm = UTM(draft.values[utmSlot])
        if draft.values[campaignSlot].isNull, let campaign = utm.campaign(in: transaction) {
            draft.values[campaignSlot] = .reference(campaign.id)
        }
        if draft.values[campaignSlot].isNull, let mail { draft.values[campaignSlot] = mail.value(at: campaignSlot) }
        guard draft.values[channelSlot].isNull else { return }
        let campaign = draft.values[campaignSlot].reference.flatMap { transaction.record(Campaign.schema.name, $0) }
        draft.values[channelSlot] = campaign?.value(at: campaignChannelSlot) ?? utm.channel.map { .text($0) } ?? .null
    }

    /// Looks at what a click says of others, and what a person says of mail.
    public static func made(_ record: Record, in transaction: inout Transaction) throws(Refusal) -> Record {
        let changeCount = transaction.changeCount
        if record.isText(at: typeSlot, anyOf: scannedTypes) { MailScanner.look(at: record, in: &transaction) }
        if record.isText(at: typeSlot, anyOf: withdrawals) { Consent.withdraw(by: record, in: &transaction) }
        try Scoring.settle(touched: record.reference(at: leadSlot), in: &transaction)
        // Most touches have nothing follow from them.
        guard transaction.changeCount > changeCount else { return record }
        return transaction.record(schema.name, record.id) ?? record
    }

    /// What is gone counts no more.
    public static func removed(_ record: Record, in transaction: inout Transaction) throws(Refusal) {
        try Scoring.settle(touched: record.reference(at: leadSlot), in: &transaction)
    }
}
