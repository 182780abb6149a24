public import Store

/// What another system counted on a day: spend, impressions, sessions, surveys.
///
/// One for a measure, channel, campaign and day: posting it again corrects it.
public enum Observation: Resource {
    private static let never = "nothing: it is what was counted; post another"

    /// The declaration.
    public static let schema = Schema(
        "observations", prefix: "observation",
        "What another system counted on a day; posting it again corrects it.", isShared: true,
        fields: [
            Field("measure", .choice(Words.measures), "What was counted.").required().onCreate(then: never).indexed(),
            Field("channel", .choice(Words.channels), "Where; the campaign's channel where not given.")
                .onCreate(then: never),
            Field("campaign_id", .reference(Campaign.reference), "Of which campaign.").onCreate(then: never),
            Field("on", .day, "The day.").required().onCreate(then: never).indexed(),
            Field(
                "value", .number(-100...1e15),
                "How many, or the share in percent, or the score (of nps from -100 to 100); not of spend and sales_cost."
            ),
            Field("amount", .money, "How much; of spend and sales_cost alone."),
            Field("source", .text(max: 200), "The system that counted."),
            Field("key", .text(max: 200), "What it is of, in one text.").readOnly().unique(),
        ])

    /// Marketing.
    public static let writers = Grants(any: [.marketingManager, .digitalMarketer])

    /// What is posted again corrects what is there.
    public static let hasNaturalKey = true

    /// The one of the same measure, channel, campaign and day.
    public static func existing(_ draft: Draft, in transaction: Transaction) -> Record? {
        transaction.records(schema.name, where: "key", is: .text(key(of: draft))).first
    }

    /// Keeps the key.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        draft["key"] = .text(key(of: draft))
        draft["channel"] = channel(of: draft, in: transaction)
    }

    private static func channel(of draft: Draft, in transaction: Transaction) -> Value {
        guard draft["channel"].isNull else { return draft["channel"] }
        return draft["campaign_id"].reference.flatMap { transaction.record(Campaign.schema.name, $0) }?["channel"]
            ?? .null
    }

    private static func key(of draft: Draft) -> String {
        var day = ""
        if case .day(let on) = draft["on"] { day = on.description }
        let campaign = draft["campaign_id"].reference.map { Campaign.schema.text($0) } ?? ""
        // The channel as it was given: a campaign's own may change, and a correction finds what it corrects all the same.
        return [draft["measure"].text ?? "", draft["channel"].text ?? "", campaign, day].joined(separator: "|")
    }

    /// What the values of a measure are between: a score, a share in percent, or how many.
    private static func range(of measure: String) -> (least: Double, most: Double) {
        switch measure {
        case "nps": (-100, 100)
        case "share_of_voice", "aided_awareness", "unaided_awareness": (0, 100)
        default: (0, 1e15)
        }
    }

    /// Checks the value and the day.
    public static func check(_ draft: inout Draft, in transaction: Transaction) throws(Refusal) {
        var faults: [Fault] = []
        let isSpend = ["spend", "sales_cost"].contains(draft["measure"].text)
        let (wanted, other) = isSpend ? ("amount", "value") : ("value", "amount")
        let measure = draft["measure"].text ?? ""
        if draft[wanted].isNull { faults.append(Fault("/\(wanted)", "is required where the measure is \(measure)")) }
        if !draft[other].isNull { faults.append(Fault("/\(other)", "is not of \(measure), which has a \(wanted)")) }
        if let amount = draft["amount"].money, amount.amount < 0 {
            faults.append(Fault("/amount", "must not be negative"))
        }
        let (least, most) = range(of: measure)
        if case .number(let value) = draft["value"], value < least || value > most {
            faults.append(Fault("/value", "must be a number from \(least) to \(most) where the measure is \(measure)"))
        }
        // A day begins fourteen hours earlier somewhere.
        if case .day(let on) = draft["on"], on > transaction.now.advanced(byMilliseconds: 14 * 3_600_000).day {
            faults.append(Fault("/on", "must not be in the future"))
        }
        try Refusal.demandNone(faults)
    }
}
