internal import Store

/// How what a nurture sends is delivered by somebody else.
enum TouchActions {
    static let all = [
        Action(
            "touches", "deliver",
            "Says that what was queued was delivered, which makes an `email_delivered` touch, or why it was not.",
            fields: [Field("failure", .text(max: 500), "Why it was not; left out where it was.")], deliver)
    ]

    private static func deliver(
        _ touch: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try Delivery.settle(touch.id, failure: input["failure"].text, at: input.time, in: &transaction) ?? touch
    }
}
