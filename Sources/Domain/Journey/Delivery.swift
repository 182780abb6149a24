internal import JSON
public import Store

/// What a nurture sends by mail, from when it is written down to when somebody has delivered it.
public enum Delivery {
    /// The state of a touch that waits to be delivered.
    public static let queued = "queued"
    /// That of one that was delivered.
    public static let sent = "sent"

    /// The field of a touch.
    static let field = Field(
        "delivery", .choice([queued, sent, "failed"]),
        "Whether what a nurture sends was delivered; by the server where it has a mail server, or by who reads the feed."
    ).readOnly().indexed().sparse()

    /// What a mail says.
    public struct Letter: Sendable {
        /// The address of who gets it.
        public let address: String
        /// The subject.
        public let subject: String
        /// The text.
        public let text: String
    }

    /// The letter that a touch stands for; `nil` where its lead has no address or allows no mail by now.
    public static func letter(of touch: Record, in records: some Records) -> Letter? {
        guard let lead = touch["lead_id"].reference.flatMap({ records.record(Lead.schema.name, $0) }),
            let address = lead["email"].text, Consent.allowsMail(to: lead), lead["erased_at"].isNull
        else { return nil }
        let content = touch["content_id"].reference.flatMap { records.record(Content.schema.name, $0) }
        let title = content?["title"].text ?? ""
        var subject = title
        if case .json(let custom) = touch["custom"], let own = custom["subject"]?.text, !own.isEmpty { subject = own }
        let greeting = lead["name"].text.map { "Hello \($0),\n\n" } ?? ""
        return Letter(
            address: address, subject: subject,
            text: "\(greeting)\(title)\n\(content?["url"].text ?? "")\n")
    }

    /// Writes down that a touch was delivered, which is a touch of its own, or why it was not.
    ///
    /// - Parameter time: when; now where not given.
    /// - Throws: ``Refusal/conflict(rule:state:)`` where that is known already, or it was queued after that.
    @discardableResult
    public static func settle(
        _ id: Identifier, failure: String?, at time: Instant? = nil, in transaction: inout Transaction
    ) throws(Refusal) -> Record? {
        guard let touch = transaction.record(Touch.schema.name, id) else { return nil }
        guard touch["delivery"].text == queued else {
            throw .conflict(
                rule: "only what is queued is delivered",
                state: [.init("delivery", touch["delivery"].json(of: .text(max: 10)))])
        }
        let time = time ?? transaction.now
        if let queued = touch["occurred_at"].instant, time < queued {
            throw .conflict(
                rule: "what is queued is delivered after that, \(queued), not at \(time)",
                state: [.init("occurred_at", .string(queued.description))])
        }
        var draft = Draft(touch)
        draft["delivery"] = .text(failure == nil ? sent : "failed")
        draft["delivery_failure"] = failure.map { .text(String($0.prefix(500))) } ?? .null
        draft["message_id"] = touch["message_id"].isNull ? .text(touch.idText) : touch["message_id"]
        let settled = transaction.put(draft)
        if failure == nil { try follow(settled, at: time, in: &transaction) }
        return settled
    }

    /// Makes the touch of the delivery, from which rates are counted and scanners are told, unless who delivered it did.
    private static func follow(
        _ mail: Record, at time: Instant, in transaction: inout Transaction
    ) throws(Refusal) {
        guard let message = mail["message_id"].text else { return }
        let known = transaction.records(Touch.schema.name, where: "message_id", is: .text(message))
        if known.contains(where: { $0["type"].text == delivered && $0["lead_id"] == mail["lead_id"] }) { return }
        var members: [JSON.Member] = [
            .init("type", .string(delivered)), .init("message_id", .string(message)),
            .init("occurred_at", .string(time.description)),
        ]
        for field in Touch.schema.fields where ["lead_id", "campaign_id", "channel", "content_id"].contains(field.name)
        {
            let value = mail[field.name]
            if !value.isNull { members.append(.init(field.name, value.json(of: field.type))) }
        }
        _ = try Commands.follow(Touch.self, .object(members), in: &transaction)
    }

    /// The type of the touch that says that a mail was delivered.
    private static let delivered = "email_delivered"
}
