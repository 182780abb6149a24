internal import JSON
internal import Store

/// How an agreement comes into force.
enum AgreementActions {
    static let all = [
        Action(
            "agreements", "sign", "Signs for one's department; with both signatures it is in force from its day on.",
            fields: [
                Field(
                    "department", .choice(Words.departments), "For whom an administrator signs; others for their own.")
            ], sign)
    ]

    private static func sign(
        _ agreement: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let department = try department(input, transaction.author)
        var draft = Draft(agreement)
        guard draft["\(department)_signed_at"].isNull else {
            throw .conflict(rule: "\(department) has signed this agreement", state: Agreement.state(agreement))
        }
        draft["\(department)_signed_at"] = .instant(input.time)
        draft["\(department)_signed_by"] = transaction.author.user.map { .reference($0) } ?? .null
        if Words.departments.allSatisfy({ !draft["\($0)_signed_at"].isNull }) {
            try Lifecycles.agreement.happen("complete", to: &draft)
            // It is looked at when it comes into force, or at once.
            draft["timer_at"] = Agreement.start(of: agreement, in: transaction).map { .instant($0) } ?? .null
        }
        return transaction.put(draft)
    }

    private static func department(_ input: Input, _ author: Author) throws(Refusal) -> String {
        let wanted = input["department"].text
        guard let own = managers.first(where: { $0.value.rawValue == author.role })?.key else {
            guard let wanted else {
                throw .invalid([Fault("/department", "is required of who belongs to neither: sales or marketing")])
            }
            return wanted
        }
        if let wanted, wanted != own {
            let others = [managers[wanted], .admin].compactMap { $0?.rawValue }
            throw .forbidden("a \(author.role ?? "") signs for \(own), not for \(wanted)", by: others)
        }
        return own
    }

    /// Who signs for a department.
    private static let managers: [String: Role] = ["sales": .salesManager, "marketing": .marketingManager]
}
