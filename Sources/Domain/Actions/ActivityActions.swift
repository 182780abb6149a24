internal import JSON
internal import Store

/// How a task is done, and what was planned happens.
enum ActivityActions {
    static let all = [
        Action(
            "activities", "complete", "Says that a task is done, or that what was planned took place.",
            fields: [Field("outcome", .text(max: 2000), "What came of it.")], complete)
    ]

    private static func complete(
        _ activity: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let isPlanned = activity["occurred_at"].isNull
        guard activity["type"].text == "task" || isPlanned, activity["completed_at"].isNull else {
            let isDone = activity["type"].text == "task"
            throw .conflict(
                rule: isDone ? "the task is done already" : "only a task, or what was planned, is completed",
                state: [.init("id", .string(activity.idText)), .init("type", .string(activity["type"].text ?? ""))])
        }
        var draft = Draft(activity)
        draft["completed_at"] = .instant(input.time)
        if isPlanned { draft["occurred_at"] = .instant(input.time) }
        if !input["outcome"].isNull { draft["outcome"] = input["outcome"] }
        return try Activity.changed(transaction.put(draft), from: activity, in: &transaction)
    }
}
