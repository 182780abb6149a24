internal import JSON
internal import Store

/// The clocks of a hand-off: until sales answers, then until a human is in contact, both by the agreement in force.
///
/// ```
/// pending ─due_at─▶ overdue, the manager is told ─reroute_after─▶ rerouted, a new one to somebody else
/// accepted ─contact_due_at─▶ returned, the lead is marketing's again, unless a human was in contact
/// ```
///
/// What was already over when it was recorded is history, and no clock runs on it.
enum HandOffClock {
    /// How long sales has to answer where there is no agreement, in milliseconds of wall time: a day.
    private static let answerMilliseconds = Instant.dayMilliseconds

    /// Starts the clock of the answer.
    static func start(_ draft: inout Draft, at submitted: Instant, in transaction: Transaction) throws(Refusal) {
        let agreement = Agreement.inForce(at: submitted, in: transaction)
        draft["agreement_id"] = agreement.map { .reference($0.id) } ?? .null
        if draft["due_at"].isNull {
            let due = agreement.flatMap {
                Agreement.due("answer_within_minutes", of: $0, after: submitted, in: transaction)
            }
            draft["due_at"] = .instant(due ?? submitted.advanced(byMilliseconds: answerMilliseconds))
        }
        guard let due = draft["due_at"].instant, due >= submitted else {
            throw .invalid([Fault("/due_at", "must not be before the hand-off, \(submitted)")])
        }
        setTimer(&draft, due, in: transaction)
    }

    /// Starts the clock of the first contact.
    static func accepted(_ draft: inout Draft, at answered: Instant, in transaction: Transaction) {
        draft["timer_at"] = .null
        guard let agreement = agreement(of: draft, in: transaction),
            let due = Agreement.due("contact_within_minutes", of: agreement, after: answered, in: transaction)
        else { return }
        draft["contact_due_at"] = .instant(due)
        setTimer(&draft, due, in: transaction)
    }

    private static func setTimer(_ draft: inout Draft, _ time: Instant, in transaction: Transaction) {
        draft["timer_at"] = time > transaction.now ? .instant(time) : .null
    }

    private static func agreement(of draft: Draft, in transaction: Transaction) -> Record? {
        draft["agreement_id"].reference.flatMap { transaction.record(Agreement.schema.name, $0) }
    }

    // MARK: Contact

    /// Finds the first contact of a lead's accepted hand-offs anew, after an activity came, changed or went; the clock is the
    /// newest's.
    static func noteContact(with lead: Identifier, in transaction: inout Transaction) {
        let accepted = HandOff.all(of: lead, in: transaction).filter(HandOff.wasAccepted)
        guard let newest = accepted.last else { return }
        let contacts = Activity.contacts(with: lead, in: transaction)
        for handOff in accepted {
            guard let submitted = handOff["submitted_at"].instant else { continue }
            let contact = contacts.filter { $0 >= submitted }.min()
            guard contact != handOff["first_contact_at"].instant else { continue }
            var draft = Draft(handOff)
            draft["first_contact_at"] = contact.map { .instant($0) } ?? .null
            draft["timer_at"] = contact == nil && handOff.id == newest.id ? timeToGiveBack(handOff) : .null
            transaction.put(draft)
        }
    }

    /// When a lead goes back whose only contact was none: at the next look where its time is over by now.
    private static func timeToGiveBack(_ handOff: Record) -> Value {
        guard handOff["status"].text == "accepted", let due = handOff["contact_due_at"].instant,
            let recorded = handOff["created_at"].instant, due > recorded
        else { return .null }
        return .instant(due)
    }

    // MARK: Running out

    static let timer = Timer(HandOff.schema.name) { handOff, transaction throws(Refusal) in
        switch handOff["status"].text {
        case "pending": escalate(handOff, in: &transaction)
        case "overdue": reroute(handOff, in: &transaction)
        default: try giveBack(handOff, in: &transaction)
        }
    }

    private static func escalate(_ handOff: Record, in transaction: inout Transaction) {
        guard let due = handOff["due_at"].instant else { return }
        var draft = Draft(handOff)
        draft["status"] = Lifecycles.handOff.next("expire", in: "pending").map { .text($0) } ?? .null
        let taker = handOff["to"].reference.flatMap { transaction.record(User.schema.name, $0) }
        let team = taker?["team_id"].reference.flatMap { transaction.record(Team.schema.name, $0) }
        draft["escalated_to"] = team?["manager_id"] ?? .null
        draft["escalated_at"] = .instant(transaction.now)
        let next = agreement(of: draft, in: transaction).flatMap {
            Agreement.due("reroute_after_minutes", of: $0, after: due, in: transaction)
        }
        // A clock that ran out while the server was down is late already, and goes on at the next look.
        draft["timer_at"] = next.map { .instant($0) } ?? .null
        transaction.put(draft)
    }

    /// How long it waits at least where nobody is free to take it, in milliseconds: an hour.
    private static let retryMilliseconds: Int64 = 3_600_000

    private static func reroute(_ handOff: Record, in transaction: inout Transaction) {
        let count = transaction.changeCount
        do throws(Refusal) { try HandOff.reroute(handOff, in: &transaction) } catch {
            transaction.rollBack(to: count)
            // As long again as it has been late, a day at most: what nobody ever takes must not fill the ledger.
            let late = handOff["due_at"].instant.map { transaction.now.millisecondsSince($0) } ?? 0
            var draft = Draft(handOff)
            let wait = min(max(retryMilliseconds, late), Instant.dayMilliseconds)
            draft["timer_at"] = .instant(transaction.now.advanced(byMilliseconds: wait))
            transaction.put(draft)
        }
    }

    /// A lead that nobody was in contact with is marketing's again.
    private static func giveBack(_ handOff: Record, in transaction: inout Transaction) throws(Refusal) {
        var draft = Draft(handOff)
        draft["timer_at"] = .null
        guard let id = handOff["lead_id"].reference, let lead = transaction.record(Lead.schema.name, id),
            Lead.stage(of: lead) == .sal,
            HandOff.all(of: id, in: transaction).last(where: HandOff.wasAccepted)?.id == handOff.id
        else {
            // Who went on with the lead was in contact, whether that was written down or not, and who took it anew has a
            // clock of their own.
            transaction.put(draft)
            return
        }
        try Lifecycles.handOff.happen("return", to: &draft)
        transaction.put(draft)
        let due = handOff["contact_due_at"].instant.map { " by \($0)" } ?? ""
        try Lead.goBack(
            lead, to: .mql, at: transaction.now, reason: "accepted and not contacted\(due)",
            changing: { $0["owner_id"] = handOff["from"] }, in: &transaction)
    }
}
