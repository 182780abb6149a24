internal import JSON
internal import Store

/// How a task is done.
enum ActivityActions {
    static let all = [
        Action(
            "activities", "complete", "Says that a task is done.",
            fields: [Field("outcome", .text(max: 2000), "What came of it.")], complete)
    ]

    private static func complete(
        _ activity: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        guard activity["type"].text == "task", activity["completed_at"].isNull else {
            throw .conflict(
                rule: activity["type"].text == "task" ? "the task is done already" : "only a task is completed",
                state: [.init("id", .string(activity.idText)), .init("type", .string(activity["type"].text ?? ""))])
        }
        var draft = Draft(activity)
        draft["completed_at"] = .instant(input.time)
        if !input["outcome"].isNull { draft["outcome"] = input["outcome"] }
        return transaction.put(draft)
    }
}
