internal import Domain
internal import Store

/// Figures over hand-offs.
enum HandOffFigures {
    private static let dimensions = Dimension.ofLeads + [.reason, .category]

    static let all = [
        Metric(
            "handoff_acceptance", unit: "ratio", .share(isOfTwoSets: false), of: [.handoffs], bases: [.cohort, .event],
            dimensions: dimensions,
            "Accepted ÷ (accepted + rejected) over the hand-offs submitted in the period; pending ones are outside, and told apart. By basis=event, those answered in the period."
        ) { asked in
            asked.handOffs().compactMap { fact in
                let handOff = asked.facts.handoffs[fact.row]
                if handOff.answeredAt >= asked.asOf {
                    // Somebody else has it to answer.
                    return handOff.reroutedAt < asked.asOf ? nil : fact.marked([.isOutside, .isUnfinished])
                }
                return handOff.wasAccepted ? fact : fact.marked(.isBelowOnly)
            }
        },
        Metric(
            "handoff_on_time", unit: "ratio", .share(isOfTwoSets: false), of: [.handoffs], bases: [.cohort, .event],
            dimensions: dimensions,
            "Answered by due_at ÷ (answered + overdue) over the hand-offs submitted in the period; what is not yet due is outside, and told apart: who answers early is known before who will be late, so that the share falls while some are pending. By basis=event, those that were answered in time, or ran out, in the period."
        ) { asked in
            asked.handOffs(happening: { min($0.answeredAt, $0.dueAt) }).compactMap { fact in
                let handOff = asked.facts.handoffs[fact.row]
                guard handOff.dueAt != Facts.never else { return nil }
                guard handOff.isDecided(asOf: asked.asOf) else { return fact.marked([.isOutside, .isUnfinished]) }
                return handOff.isAnsweredInTime(asOf: asked.asOf) ? fact : fact.marked(.isBelowOnly)
            }
        },
        Metric(
            "handoff_rejections", unit: "count", better: .less, .count, of: [.handoffs], dimensions: dimensions,
            "The hand-offs rejected in the period; by reason, and by category, which is the reason's class: procedural, clerical, definitional."
        ) { asked in
            asked.handOffs(by: .event).filter { !asked.facts.handoffs[$0.row].wasAccepted }
        },
        Metric(
            "handoff_answer_minutes", unit: "minutes", better: .less, .lengths(milliseconds: 60_000), of: [.handoffs],
            bases: [.cohort], dimensions: dimensions, parameters: ["hours"],
            "From submitted to answered, over the hand-offs submitted in the period, in wall time or, by hours=business, in the hours of the calendar of the agreement in force then; the unanswered are censored, never dropped."
        ) { asked in
            let hours = asked.agreedHours()
            return asked.handOffs { fact, handOff in
                fact = asked.waiting(
                    fact, from: handOff.submittedAt, until: handOff.answeredAt, due: handOff.dueAt, hours,
                    under: handOff.agreement, watchedUntil: handOff.reroutedAt)
            }
        },
        Metric(
            "first_contact_minutes", unit: "minutes", better: .less, .lengths(milliseconds: 60_000), of: [.handoffs],
            bases: [.cohort], dimensions: dimensions, parameters: ["hours"],
            "From the hand-off to the first outbound activity by a human, over the hand-offs submitted in the period; the uncontacted are censored, never dropped; where the lead was rejected, recycled, disqualified or given back at that, after which nobody owes one. Acceptance and automatic mail are no contact."
        ) { asked in
            let hours = asked.agreedHours()
            return asked.handOffs { fact, handOff in
                let contact = asked.facts.firstContact(with: handOff.lead, from: handOff.submittedAt)
                // The clock of the contact begins with the answer; where none was agreed the answer's has to do. Who rejected
                // owes no contact.
                let isAnswered = handOff.answeredAt < asked.asOf
                let isRunning = isAnswered && handOff.contactDueAt != Facts.never
                let due = isAnswered && !handOff.wasAccepted ? Facts.never : handOff.dueAt
                let owedUntil = asked.facts.contactOwedUntil(handOff, asOf: asked.asOf)
                fact = asked.waiting(
                    fact, from: handOff.submittedAt, until: contact <= owedUntil ? contact : Facts.never,
                    due: isRunning ? handOff.contactDueAt : due, hours, under: handOff.agreement,
                    watchedUntil: owedUntil)
            } fetching: {
                asked.facts.prefetchContacts(with: $0, isNear: $1)
            }
        },
        Metric(
            "inquiry_answer_minutes", unit: "minutes", better: .less, .lengths(milliseconds: 60_000), of: [.inquiries],
            bases: [.cohort], dimensions: Dimension.ofLeads, parameters: ["hours"],
            "From received to the first answer, over the inquiries received in the period; the unanswered are censored, never dropped."
        ) { asked in
            let hours = asked.agreedHours()
            return asked.facts.inquiries.facts.enumerated().compactMap { row, inquiry in
                guard asked.contains(inquiry.receivedAt) else { return nil }
                var fact = Fact(.inquiries, Int32(row), at: inquiry.receivedAt)
                if inquiry.lead >= 0 { fact.stage = asked.stage(ofLead: Int(inquiry.lead)) }
                return asked.waiting(
                    fact, from: inquiry.receivedAt, until: inquiry.answeredAt, due: inquiry.dueAt, hours)
            }
        },
    ]
}

extension Asked {
    /// The hand-offs submitted in the period, or by the basis of events those of which something happened in it, as a rule
    /// their answer; each told as `tell` does while its row is at hand, and what that reads of the lead fetched before.
    @inline(__always)
    func handOffs(
        by basis: Question.Basis? = nil, _ tell: (inout Fact, HandOffRow) -> Void = { _, _ in },
        happening event: (HandOffRow) -> Int64 = { $0.answeredAt },
        fetching fetch: (_ lead: Int32, _ isNear: Bool) -> Void = { _, _ in }
    ) -> [Fact] {
        let isByEvent = (basis ?? question.basis) == .event
        let handOffs = facts.handoffs.facts.span
        // The stages of leads are far apart in memory.
        let tellsStage = question.tells(.stage) || question.tells(.phase)
        var found: [Fact] = []
        found.reserveCapacity(handOffs.count)
        for row in handOffs.indices {
            // As far ahead as memory takes to answer: minutes to first contact in 6.4 ms in place of 7.6.
            if row + 16 < handOffs.count { fetch(handOffs[row + 16].lead, false) }
            if row + 8 < handOffs.count { fetch(handOffs[row + 8].lead, true) }
            guard handOffs[row].submittedAt < asOf else { continue }
            let at = isByEvent ? event(handOffs[row]) : handOffs[row].submittedAt
            guard contains(at) else { continue }
            let lead = handOffs[row].lead
            let stage = lead < 0 || !tellsStage ? WordList.none : stage(ofLead: Int(lead))
            var fact = Fact(.handoffs, Int32(truncatingIfNeeded: row), at: at, stage: stage)
            tell(&fact, handOffs[row])
            found.append(fact)
        }
        return found
    }

    /// How long something waited: until its end, or so far as it was watched.
    func waiting(
        _ fact: Fact, from start: Int64, until end: Int64, due: Int64, _ agreed: AgreedHours?,
        under agreement: Int32? = nil, watchedUntil: Int64 = Facts.never
    ) -> Fact {
        var fact = fact
        let isEnded = end < asOf
        let last = isEnded ? end : min(asOf, watchedUntil)
        let counted = agreed.flatMap { hours(of: $0, at: start, under: agreement) }
        fact.value =
            counted?.milliseconds(from: Instant(milliseconds: start), to: Instant(milliseconds: last)) ?? last - start
        if !isEnded { fact.marks.insert(.isCensored) }
        guard due != Facts.never else { return fact }
        if isEnded {
            fact.marks.insert(end <= due ? .isInTime : .isLate)
        } else if asOf > due, watchedUntil >= due {
            fact.marks.insert(.isLate)
        }
        return fact
    }

    /// The hours of the agreement that something was under, or where it does not say of the one in force then.
    private func hours(of agreed: AgreedHours, at time: Int64, under agreement: Int32?) -> BusinessHours? {
        guard let agreement else { return agreed.hours(at: Instant(milliseconds: time)) }
        return agreement < 0 ? nil : agreed.hours(of: facts.links[.agreements].ids[Int(agreement)])
    }

    /// The hours that lengths are told in, where business time is asked for.
    func agreedHours() -> AgreedHours? {
        question.options.inBusinessHours ? AgreedHours(in: facts.view, signedBefore: question.asOf) : nil
    }
}

extension Facts {
    /// Has the processor fetch what tells a lead's contacts: where they are told, and of one that is near themselves.
    @inline(__always)
    func prefetchContacts(with lead: Int32, isNear: Bool) {
        if isNear {
            contactsOfLead.prefetch(lead, bytes: 8)
        } else {
            contactsOfLead.prefetchPlaces(lead)
            dealsOfLead.prefetch(lead)
        }
    }

    /// Until when a contact is owed to the lead of a hand-off: until sales rejects it, or it goes back or out after it was
    /// given; ``never`` where that has not happened.
    func contactOwedUntil(_ handOff: HandOffRow, asOf: Int64) -> Int64 {
        let rejectedAt = handOff.answeredAt < asOf && !handOff.wasAccepted ? handOff.answeredAt : Facts.never
        guard handOff.lead >= 0 else { return rejectedAt }
        let first = leads.wentBackAt[Int(handOff.lead)]
        // One that was given again may have gone back again.
        let wentBackAt = first > handOff.submittedAt ? first : goneBack(handOff.lead, after: handOff.submittedAt)
        return min(rejectedAt, wentBackAt)
    }

    private func goneBack(_ lead: Int32, after time: Int64) -> Int64 {
        for place in leads.steps.places(Int(lead)) {
            let step = leads.steps[place: place]
            if step.at > time, LeadTable.stagesBeforeSales >> step.stage & 1 == 1 { return step.at }
        }
        return Facts.never
    }

    /// When a human was first in contact with a lead from an instant on; ``never`` where nobody was.
    ///
    /// A deal can have several leads: an activity that names one of them is no contact with the others.
    func firstContact(with lead: Int32, from start: Int64) -> Int64 {
        var first = Facts.never
        for place in contactsOfLead.placesIfAny(lead) where contactsOfLead[place: place] >= start {
            first = contactsOfLead[place: place]
            break
        }
        dealsOfLead.forEach(of: lead) { deal in
            activitiesOfDeal.forEach(of: deal) { row in
                let activity = activities[row]
                if activity.lead < 0, activity.isContact, activity.at >= start { first = min(first, activity.at) }
            }
        }
        return first
    }
}
