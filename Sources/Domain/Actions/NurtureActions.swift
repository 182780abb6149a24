internal import JSON
internal import Store

/// How a lead enters a nurture and leaves it.
enum NurtureActions {
    static let all = [
        Action(
            "nurtures", "enroll", "Has a lead enter the programme.",
            fields: [Field("lead_id", .reference(Lead.reference), "The lead.").required()], answer: "enrolments", enroll
        ),
        Action("enrolments", "exit", "Takes a lead out of the programme.", exit),
    ]

    private static func enroll(
        _ nurture: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        guard let lead = input["lead_id"].reference else { preconditionFailure("lead_id is required") }
        return try Nurturing.enrol(lead, in: nurture, at: input.time, &transaction)
    }

    private static func exit(
        _ enrolment: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        if let entered = enrolment["entered_at"].instant, input.time < entered {
            throw .conflict(
                rule: "a lead leaves a nurture after it entered, \(entered), not at \(input.time)",
                state: [.init("entered_at", .string(entered.description))])
        }
        return try Nurturing.end(enrolment, "exit", at: input.time, reason: "by_hand", in: &transaction)
    }
}
