internal import JSON
internal import Store

/// How an inquiry is answered.
enum InquiryActions {
    static let all = [
        Action(
            "inquiries", "answer", "Answers it, which is a contact with the lead.",
            fields: [
                Field("answer", .text(max: 10_000), "The answer.").required(),
                Field("type", .choice(["call", "email", "meeting"]), "How it was given; by email where not said."),
                Field("user_id", .reference(User.reference), "Who answered; who says so, or its owner, if not given."),
            ], answer),
        Action("inquiries", "reopen", "Asks again: the answer did not do.", reopen),
    ]

    private static func answer(
        _ inquiry: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        if let received = inquiry["received_at"].instant, input.time < received {
            throw .conflict(
                rule: "an inquiry is answered after it came in, \(received), not at \(input.time)",
                state: [.init("id", .string(inquiry.idText))])
        }
        try demandOwnContact(input["user_id"], in: transaction)
        var draft = Draft(inquiry)
        try Lifecycles.inquiry.happen("answer", to: &draft)
        let user = input["user_id"].isNull ? transaction.author.user.map { .reference($0) } : input["user_id"]
        draft["answer"] = input["answer"]
        draft["answered_at"] = .instant(input.time)
        draft["answered_by"] = user ?? inquiry["owner_id"]
        if let received = inquiry["received_at"].instant {
            draft["response_minutes"] = .number(Double(input.time.millisecondsSince(received)) / 60_000)
        }
        draft["timer_at"] = .null
        draft["is_overdue"] = .bool(inquiry["due_at"].instant.map { $0 < input.time } ?? false)
        let answered = transaction.put(draft)
        try contact(answered, input, in: &transaction)
        return answered
    }

    /// Refuses a contact in the name of somebody for whom one could not be made alone.
    private static func demandOwnContact(_ user: Value, in transaction: Transaction) throws(Refusal) {
        guard let user = user.reference, let author = transaction.author.user, user != author else { return }
        try transaction.demand(
            Activity.writers, to: "create", Activity.schema, nil, owners: [user])
    }

    private static func contact(
        _ inquiry: Record, _ input: Input, in transaction: inout Transaction
    ) throws(Refusal) {
        var members: [JSON.Member] = [
            .init("type", .string(input["type"].text ?? "email")), .init("direction", "outbound"),
            .init("occurred_at", .string(input.time.description)),
        ]
        for (name, field, schema) in [
            ("lead_id", "lead_id", Lead.schema), ("user_id", "answered_by", User.schema),
        ] {
            if let id = inquiry[field].reference { members.append(.init(name, .string(schema.text(id)))) }
        }
        _ = try Commands.follow(Activity.self, .object(members), in: &transaction)
    }

    private static func reopen(
        _ inquiry: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        var draft = Draft(inquiry)
        try Lifecycles.inquiry.happen("reopen", to: &draft)
        if let answered = inquiry["answered_at"].instant, input.time < answered {
            throw .conflict(
                rule: "an inquiry is asked again after it was answered, \(answered), not at \(input.time)",
                state: [.init("id", .string(inquiry.idText))])
        }
        if draft["first_answered_at"].isNull {
            for name in ["answered_at", "due_at"] { draft["first_\(name)"] = draft[name] }
        }
        for name in ["answer", "answered_at", "answered_by", "response_minutes", "due_at"] { draft[name] = .null }
        draft["reopened_at"] = .instant(input.time)
        try Inquiry.startClock(&draft, at: input.time, in: transaction)
        return transaction.put(draft)
    }
}
