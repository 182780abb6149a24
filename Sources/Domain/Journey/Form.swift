public import JSON
public import Store

/// A form that somebody filled in on a site: a lead, a touch, and a question where one was asked.
public enum Form {
    /// What can be given.
    public static let fields = [
        Field("email", .email, "The person's e-mail address.").required(),
        Field("name", .text(max: 200), "The person's name."),
        Field("phone", .text(max: 50), "The phone number."),
        Field("company", .text(max: 200), "The company."),
        Field("title", .text(max: 200), "What the person does there."),
        Field("region", .text(max: 200), "Where the person is."),
        Field("visitor_id", .text(max: 200), "The visitor's id on your site."),
        Field("url", .url, "The page of the form, with its utm keys."),
        Field("referrer", .url, "The page that linked to it."),
        Field(
            "channel", .choice(Words.channels),
            "Where the visit came from; by the page's utm keys where not given, and direct where nothing says it."),
        Field("consents_to_email", .bool, "Whether the person allows mail; left out, what was said before stays."),
        Field("message", .text(max: 10_000), "A question; it becomes an inquiry."),
        Field("tags", .texts(max: 50), "Words of your own, added to those the lead has."),
    ]

    /// Who may hand forms in.
    private static let writers = Grants(any: [.marketingManager, .digitalMarketer])

    /// Does what a form asks for and says what that was.
    ///
    /// - Returns: `{"lead_id", "outcome", "touch_id", "inquiry_id", "conflicts"}`
    public static func take(_ json: JSON, in transaction: inout Transaction) throws(Refusal) -> JSON {
        try transaction.demand(writers, to: "create", Lead.schema, nil, owners: [])
        guard case .object(let members) = json else {
            throw .invalid([Fault("", "must be an object with \(fields.map(\.name).joined(separator: ", "))")])
        }
        var faults: [Fault] = []
        _ = FieldType.readMembers(members, fields: fields, at: "", &faults)
        try Refusal.demandNone(faults)
        // The person says it of themselves, so it is taken also where sales has the lead.
        let lead = try Upsert.follow(Lead.self, by: "email", try leadInput(json, in: transaction), in: &transaction)
        let touch = try Commands.follow(Touch.self, touchInput(json, lead.record, in: transaction), in: &transaction)
        var inquiry: Record?
        if let message = json["message"]?.text {
            inquiry = try Commands.follow(
                Inquiry.self,
                [
                    "lead_id": .string(lead.record.idText), "channel": .string(touch["channel"].text ?? "direct"),
                    "text": .string(message),
                ], in: &transaction)
        }
        // Of a person whom the writer does not see it is not told what is kept, nor whether it was the same.
        let isSeen = transaction.shows(lead.record)
        let outcome = isSeen || lead.outcome != .unchanged ? lead.outcome : .updated
        return [
            "lead_id": .string(lead.record.idText), "outcome": .string(outcome.rawValue),
            "touch_id": .string(touch.idText), "inquiry_id": inquiry.map { .string($0.idText) } ?? .null,
            "conflicts": .array(isSeen ? lead.conflicts + conflict(of: json["visitor_id"], with: touch) : []),
        ]
    }

    /// That the browser is somebody else's, where it is: a form is taken from whomever.
    private static func conflict(of visitor: JSON?, with touch: Record) -> [JSON] {
        guard let visitor, visitor.text != nil, touch["visitor_id"].isNull else { return [] }
        let reason: JSON = "is another lead, or one visitor more than a lead can be"
        return [["field": "visitor_id", "given": visitor, "kept": .null, "reason": reason]]
    }

    /// What the form says of the person; what is empty changes nothing.
    private static func leadInput(_ json: JSON, in transaction: Transaction) throws(Refusal) -> JSON {
        var members: [JSON.Member] = []
        for name in ["email", "name", "phone", "company", "title", "region"] {
            if let value = json[name], value != .null, value.text?.isEmpty != true {
                members.append(.init(name, value))
            }
        }
        let known = json["email"]?.text.flatMap { Lead.known(byEmail: $0, in: transaction) }
        if let tags = json["tags"]?.elements {
            let own = (known?["tags"].elements ?? []).compactMap(\.text).map { JSON.string($0) }
            members.append(.init("tags", .array(own + tags.filter { !own.contains($0) })))
        }
        if case .bool(let consents)? = json["consents_to_email"] {
            let state: JSON = consents ? "granted" : "denied"
            members.append(.init("consent", ["email": state, "source": json["url"] ?? .null]))
        }
        guard known == nil else { return .object(members) }
        var source: [JSON.Member] = []
        for (name, member) in [("landing_page", "url"), ("referrer", "referrer"), ("channel", "channel")] {
            if let value = json[member], value != .null { source.append(.init(name, value)) }
        }
        let visitor = json["visitor_id"]?.text
        if let visitor, transaction.records("leads", where: "visitor_ids", is: .text(visitor)).isEmpty {
            // What brought the visitor here first brought the lead.
            members.append(.init("visitor_ids", [.string(visitor)]))
            if Visitors.firstTouch(of: [visitor], in: transaction) != nil { return .object(members + given(source)) }
        }
        if isDirect(json, in: transaction) { source.append(.init("channel", "direct")) }
        return .object(members + given(source))
    }

    private static func given(_ source: [JSON.Member]) -> [JSON.Member] {
        source.isEmpty ? [] : [.init("source", .object(source))]
    }

    /// Whether nothing says where a visit came from. A link whose keys say nothing that is known must not keep anybody from
    /// filling in a form.
    private static func isDirect(_ json: JSON, in transaction: Transaction) -> Bool {
        let utm = json["url"]?.text.map { UTM(url: $0) }
        let saysChannel = utm.map { $0.channel != nil || $0.campaign(in: transaction) != nil } ?? false
        return json["channel"] ?? .null == .null && !saysChannel
    }

    private static func touchInput(_ json: JSON, _ lead: Record, in transaction: Transaction) -> JSON {
        var members: [JSON.Member] = [.init("lead_id", .string(lead.idText)), .init("type", "form")]
        for name in ["url", "channel"] {
            if let value = json[name], value != .null { members.append(.init(name, value)) }
        }
        if let visitor = json["visitor_id"]?.text, Visitors.mayBe(visitor, lead, in: transaction) {
            members.append(.init("visitor_id", .string(visitor)))
        }
        if isDirect(json, in: transaction) { members.append(.init("channel", "direct")) }
        return .object(members)
    }
}
