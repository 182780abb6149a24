internal import JSON
internal import Store

/// How an objection is answered.
enum ObjectionActions {
    static let all = [
        Action(
            "objections", "answer", "Says how it was answered, with which content, and whether that satisfied.",
            fields: [
                Field("answer", .text(max: 2000), "How.").required(),
                Field("content_id", .reference(Content.reference), "The content that was used."),
                Field("is_satisfied", .bool, "Whether it satisfied; left out where nobody knows yet."),
            ], answer)
    ]

    private static func answer(
        _ objection: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        if let raised = objection["raised_at"].instant, input.time < raised {
            throw .conflict(
                rule: "an objection is answered after it was raised, \(raised), not at \(input.time)",
                state: [.init("id", .string(objection.idText))])
        }
        var draft = Draft(objection)
        try Lifecycles.objection.happen("answer", to: &draft)
        if !objection["answered_at"].isNull {
            let last: Value = .object(["answered_at", "content_id", "is_satisfied"].map { objection[$0] })
            draft["earlier_answers"] = .list(objection["earlier_answers"].elements + [last])
        }
        for name in ["answer", "content_id", "is_satisfied"] { draft[name] = input[name] }
        draft["answered_at"] = .instant(input.time)
        draft["answered_by"] = transaction.author.user.map { .reference($0) } ?? .null
        return transaction.put(draft)
    }
}
