public import Store

/// A lead on its way through a nurture.
public enum Enrolment: Resource {
    /// The declaration.
    public static let schema = Schema(
        "enrolments", prefix: "enrolment", "A lead on its way through a nurture.",
        fields: [
            Field("nurture_id", .reference(Nurture.reference), "The programme.").required().onCreate(then: "nothing"),
            Field("lead_id", .reference(Lead.reference), "The lead.").required().onCreate(then: "nothing").subject(),
            Lifecycles.enrolment.field("How it stands."),
            Field("step", .integer(1...1_000_000), "The step that comes next, counted from 1.").readOnly(),
            Field("entered_at", .instant, "When it began.").readOnly(),
            Field("ended_at", .instant, "When it ended.").readOnly(),
            Field("exit_reason", .choice(Nurturing.exitReasons), "Why it ended before its end.").readOnly().indexed(),
            Timer.field,
        ])

    /// Marketing.
    public static let writers = Grants(any: [.marketingManager, .digitalMarketer])

    /// Begins with the first step.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        try Nurturing.begin(&draft, in: transaction)
    }
}
