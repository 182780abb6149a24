internal import JSON
internal import Store

/// Makes one record of two that are of one person or company, and two of it again.
///
/// What goes is kept whole in the record of the merge, with what stayed as it was before and what was moved, so that
/// nothing is lost and a later no can take it back.
enum Merging {
    // MARK: One of two

    /// Merges a record into another of its kind.
    ///
    /// - Parameter chosen: the fields for which something was said: whether the value of the one that goes stays.
    static func merge(
        _ from: Record, into: Record, choosing chosen: [String: Bool], at time: Instant,
        in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try demandMayMerge(from, into, at: time, in: transaction)
        var draft = transaction.draft(of: Merge.schema)
        let schema = into.schema
        draft["kind"] = .text(schema.name)
        draft[schema.name == Lead.schema.name ? "lead_id" : "account_id"] = .reference(into.id)
        draft["from_id"] = .text(from.idText)
        draft["from"] = .text(String(decoding: from.encoded, as: UTF8.self))
        draft["before"] = .text(String(decoding: into.encoded, as: UTF8.self))
        draft["keys"] = .list(FeedKey.all(of: from).map { .text($0.text) })
        if schema.name == Lead.schema.name {
            draft["holds"] = .list(into["merged_ids"].elements + from["merged_ids"].elements)
        }
        draft["merged_at"] = .instant(time)
        let (moved, shared) = try move(from: from, to: into, in: &transaction)
        draft["moved"] = .list(moved.map { .text($0) })
        draft["shared"] = .list(shared.map { .text($0) })
        // It goes first: what is unique can be one record's alone.
        transaction.remove(from)
        var merged = Draft(into)
        for slot in schema.fields.indices {
            merged.values[slot] = value(schema.fields[slot], from.value(at: slot), into.value(at: slot), chosen)
        }
        try demandRoom(in: merged, of: from, into)
        if schema.name == Lead.schema.name { mergeJourneys(of: from, and: into, in: &merged) }
        merged["match_keys"] =
            schema.name == Lead.schema.name ? Duplicates.keys(ofLead: merged) : Duplicates.keys(ofAccount: merged)
        transaction.put(merged)
        if schema.name == Lead.schema.name {
            try Nurturing.join(into.id, in: &transaction)
            try Scoring.settle(into.id, in: &transaction)
        }
        return transaction.put(draft)
    }

    private static func demandMayMerge(
        _ from: Record, _ into: Record, at time: Instant, in transaction: Transaction
    ) throws(Refusal) {
        guard from.id != into.id else { throw .invalid([Fault("/from", "must be another record")]) }
        guard from.schema.name == Lead.schema.name else { return }
        for lead in [from, into] {
            guard let captured = lead["captured_at"].instant, time < captured else { continue }
            throw .conflict(
                rule: "a lead is merged after it was captured, \(captured), not at \(time)",
                state: [.init("id", .string(lead.idText))])
        }
        for lead in [from, into] where !lead["erased_at"].isNull {
            throw .conflict(rule: "an erased lead is not merged", state: [.init("id", .string(lead.idText))])
        }
        if let waiting = HandOff.waiting(of: from, in: transaction), HandOff.waiting(of: into, in: transaction) != nil {
            throw .conflict(
                rule: "both leads wait for an answer to a hand-off: one is answered first",
                state: HandOff.state(waiting))
        }
        if further(of: from, and: into)["stage"].text != Stage.mql.rawValue,
            let waiting = HandOff.waiting(of: from, in: transaction) ?? HandOff.waiting(of: into, in: transaction)
        {
            throw .conflict(
                rule: "the other lead is further on, and the hand-off could not be answered any more: it is first",
                state: HandOff.state(waiting))
        }
    }

    private static func further(of from: Record, and into: Record) -> Record {
        let places = [into, from].map { Stage.forward.firstIndex(of: Lead.stage(of: $0)) ?? -1 }
        return places[1] > places[0] ? from : into
    }

    /// What stays of two values: what was chosen, both where it is several, or else the one that is there.
    private static func value(
        _ field: Field, _ from: Value, _ into: Value, _ chosen: [String: Bool]
    ) -> Value {
        if let takesFrom = chosen[field.name] { return takesFrom ? from : into }
        switch (from, into) {
        case (.list(let others), .list(let own)) where field.writing == .always:
            return .list(own + others.filter { !own.contains($0) })
        case (.json(.object(let others)), .json(.object(let own))):
            return .json(.object(own + others.filter { other in !own.contains { $0.name == other.name } }))
        case (_, .null) where field.isWritable: return from
        default: return into
        }
    }

    /// Refuses what no record could be written with, such as the members of two full maps.
    private static func demandRoom(in merged: Draft, of from: Record, _ into: Record) throws(Refusal) {
        var faults: [Fault] = []
        for (slot, field) in merged.schema.fields.enumerated() where field.writing == .always {
            let value = merged.values[slot]
            // What is one's alone was written before.
            if value.isNull || value == from.value(at: slot) || value == into.value(at: slot) { continue }
            var found: [Fault] = []
            _ = field.type.read(value.json(of: field.type), at: "", &found)
            if found.isEmpty { continue }
            faults.append(Fault("/fields/\(field.name)", "both together are too many: say whose stay, into or from"))
        }
        try Refusal.demandNone(faults)
    }

    /// The person was known since the earlier capture, by that source, and is as far as the further of the two.
    private static func mergeJourneys(of from: Record, and into: Record, in merged: inout Draft) {
        let captured = [into, from].map { $0["captured_at"].instant?.milliseconds ?? .max }
        let first = captured[1] < captured[0] ? from : into
        for name in ["captured_at", "source"] where !first[name].isNull { merged[name] = first[name] }
        let further = further(of: from, and: into)
        for name in ["stage", "phase", "stage_history"] { merged[name] = further[name] }
        beginAsCaptured(&merged)
        merged["consent"] = Consent.merged(into["consent"], from["consent"])
        merged["score_overrides"] = .list(into["score_overrides"].elements + from["score_overrides"].elements)
        merged["merged_ids"] = .list(
            into["merged_ids"].elements + [.text(from.idText)] + from["merged_ids"].elements)
    }

    /// A lead is one from when it was captured.
    private static func beginAsCaptured(_ lead: inout Draft) {
        if let captured = lead["captured_at"].instant { StageHistory.begin(at: captured, &lead) }
    }

    // MARK: Two of one

    /// Parts what was merged: the one that went is there again, with what was its own, and the one that stayed has back
    /// what the merge had changed and nobody has since.
    static func part(_ merge: Record, at time: Instant, in transaction: inout Transaction) throws(Refusal) -> Record {
        let schema = merge["kind"].text == Lead.schema.name ? Lead.schema : Account.schema
        let id = merge["lead_id"].reference ?? merge["account_id"].reference
        guard merge["unmerged_at"].isNull, let id, let now = transaction.record(schema.name, id) else {
            throw .conflict(
                rule: "what was merged is parted once, while the record that stayed is there",
                state: [.init("unmerged_at", merge["unmerged_at"].json(of: .instant))])
        }
        if let merged = merge["merged_at"].instant, time < merged {
            throw .conflict(
                rule: "what was merged is parted after that, \(merged), not at \(time)",
                state: [.init("merged_at", .string(merged.description))])
        }
        let (wentAs, stayedAs) = (try draft(merge["from"], schema), try draft(merge["before"], schema))
        let (from, before) = (current(wentAs, in: transaction), current(stayedAs, in: transaction))
        var own = Draft(now)
        try takeBack(&own, before, from)
        try demandUnique(own, "stayed", in: transaction)
        let merged = merge["created_at"].instant ?? transaction.now
        transaction.put(own, undoing: Undone(before: before, at: merged))
        try takeBackLater(than: merge, stayedAs, wentAs, in: &transaction)
        try demandUnique(from, "went", in: transaction)
        if schema.name == Lead.schema.name {
            for visitor in from["visitor_ids"].elements.compactMap(\.text) {
                try Visitors.demandFree(visitor, for: from.id, in: transaction)
            }
        }
        transaction.restore(from)
        follow(wentAs, from, from, in: &transaction)
        follow(stayedAs, before, own, in: &transaction)
        let shared = merge["shared"].elements.compactMap(\.text)
        for moved in merge["moved"].elements.compactMap(\.text) {
            guard let (other, record) = Merge.record(moved, in: transaction) else { continue }
            try repointKept(other, record, id, from.id, since: merge, in: &transaction)
            if let old = shared.first(where: { Merge.isOf(other.text(record), $0) }) {
                share(try draft(.text(old), other), id, from.id, of: schema.name, in: &transaction)
            } else {
                repoint(other, record, id, from.id, of: schema.name, in: &transaction)
            }
        }
        Parting.giveAlong(with: merge, from: id, to: from.id, of: schema.name, in: &transaction)
        if schema.name == Lead.schema.name {
            let merged = merge["merged_at"].instant ?? time
            try Parting.settle(id, as: before, from.id, since: merged, in: &transaction)
            for lead in [id, from.id] {
                try Nurturing.part(lead, since: merged, in: &transaction)
                try Scoring.settle(lead, in: &transaction)
            }
        }
        var draft = Draft(transaction.record(Merge.schema.name, merge.id) ?? merge)
        draft["unmerged_at"] = .instant(time)
        return transaction.put(draft)
    }

    /// Has merges that came later and stand keep a record as if it had not referred to another: of who went by one as it was,
    /// and of who stayed as it was before.
    private static func repointKept(
        _ schema: Schema, _ id: Identifier, _ old: Identifier, _ new: Identifier, since parted: Record,
        in transaction: inout Transaction
    ) throws(Refusal) {
        guard schema.name == Lead.schema.name, let resource = parted["kind"].text else { return }
        if transaction.record(schema.name, id) == nil {
            guard let merge = Merge.standing(ofGone: schema.text(id), in: transaction), merge.id > parted.id,
                !merge["from"].isNull
            else { return }
            let (went, before) = (try draft(merge["from"], schema), try draft(merge["before"], schema))
            let kept = repointed(went, old, new, of: resource)
            if let heir = Merge.heir(of: merge, schema, in: transaction) {
                // Who stands for it has that from it.
                var draft = Draft(heir)
                for slot in schema.referringSlots
                where draft.values[slot] == went.values[slot] && before.values[slot] != went.values[slot] {
                    draft.values[slot] = kept.values[slot]
                }
                if draft.values != heir.values { transaction.put(draft) }
            }
            keep(kept, as: "from", of: merge, in: &transaction)
        } else {
            let into = transaction.records(Merge.schema.name, where: "lead_id", is: .identifier(id))
            for merge in into
            where merge.id > parted.id && merge["unmerged_at"].isNull && !merge["before"].isNull {
                let kept = repointed(try draft(merge["before"], schema), old, new, of: resource)
                keep(kept, as: "before", of: merge, in: &transaction)
            }
        }
    }

    private static func keep(_ kept: Draft, as field: String, of merge: Record, in transaction: inout Transaction) {
        var draft = Draft(merge)
        draft[field] = .text(String(decoding: kept.encoded, as: UTF8.self))
        if draft.values != merge.values { transaction.put(draft) }
    }

    private static func demandUnique(
        _ draft: Draft, _ verb: String, in transaction: Transaction
    ) throws(Refusal) {
        guard let rival = transaction.rival(of: draft) else { return }
        throw .conflict(
            rule: "the \(rival.field.name) of the record that \(verb) is another's by now",
            state: [.init("id", .string(rival.record.idText))])
    }

    private static func draft(_ text: Value, _ schema: Schema) throws(Refusal) -> Draft {
        do throws(JSONFault) {
            return try Draft(decoding: Array((text.text ?? "").utf8), schema: schema)
        } catch {
            throw .conflict(rule: "what was merged is erased, and so it is not parted", state: [])
        }
    }

    private static func takeBack(_ own: inout Draft, _ before: Draft, _ from: Draft) throws(Refusal) {
        let isLead = own.schema.name == Lead.schema.name
        let consent = isLead ? own["consent"] : .null
        if isLead { forgetCapture(&own, of: [before, from]) }
        for slot in own.schema.fields.indices where own.schema.fields[slot].isWritable || isOfJourney(slot, own) {
            let isFromOther = own.values[slot] == from.values[slot] && own.values[slot] != before.values[slot]
            if isFromOther { own.values[slot] = before.values[slot] }
            own.values[slot] = apart(own.values[slot], before.values[slot], from.values[slot])
        }
        if isLead {
            own["consent"] = Consent.parted(consent, before["consent"], from["consent"])
            own["score_overrides"] = .list(without(from["score_overrides"].elements, own["score_overrides"].elements))
            beginAsCaptured(&own)
            let gone = gone(with: from)
            own["merged_ids"] = .list(own["merged_ids"].elements.filter { !gone.contains($0) })
        }
        own["match_keys"] =
            isLead ? Duplicates.keys(ofLead: own) : Duplicates.keys(ofAccount: own)
    }

    /// Has merges that came later and stand keep the record that stayed as it would have been without what is parted from it
    /// now: taken back in turn, they would bring that back.
    private static func takeBackLater(
        than merge: Record, _ before: Draft, _ from: Draft, in transaction: inout Transaction
    ) throws(Refusal) {
        let gone = gone(with: from)
        let path = before.schema.name == Lead.schema.name ? "lead_id" : "account_id"
        let merges = transaction.records(Merge.schema.name, where: path, is: .identifier(before.id))
        for later in merges where later.id > merge.id && later["unmerged_at"].isNull && !later["before"].isNull {
            var stayed = try draft(later["before"], before.schema)
            try takeBack(&stayed, before, from)
            var changed = Draft(later)
            changed["before"] = .text(String(decoding: stayed.encoded, as: UTF8.self))
            changed["holds"] = .list(later["holds"].elements.filter { !gone.contains($0) })
            transaction.put(changed)
        }
    }

    /// Has a lead's journey begin when that of whom it is of did, where it did not go on since.
    private static func forgetCapture(_ own: inout Draft, of sides: [Draft]) {
        guard let captured = own["captured_at"].instant else { return }
        for side in sides {
            var begun = side
            StageHistory.begin(at: captured, &begun)
            if own["stage_history"] == begun["stage_history"] { own["stage_history"] = side["stage_history"] }
        }
    }

    /// Who goes with a lead that is parted: it, and who had been merged into it.
    private static func gone(with from: Draft) -> [Value] {
        let own = Value.text(from.schema.text(from.id))
        return from.schema.name == Lead.schema.name ? from["merged_ids"].elements + [own] : [own]
    }

    /// Several values or members: what both had stays, and what came by the merge alone goes.
    private static func apart(_ now: Value, _ old: Value, _ other: Value) -> Value {
        switch (now, old, other) {
        case (.list(let now), .list(let old), .list(let other)):
            .list(now.filter { old.contains($0) || !other.contains($0) })
        case (.json(.object(let now)), .json(.object(let old)), .json(.object(let other))):
            .json(.object(now.filter { old.contains($0) || !other.contains($0) }))
        default: now
        }
    }

    /// Elements without others, each of them once: the same points can have been given to both.
    private static func without(_ others: [Value], _ elements: [Value]) -> [Value] {
        var left = elements
        for other in others.reversed() {
            if let place = left.lastIndex(of: other) { left.remove(at: place) }
        }
        return left
    }

    private static func isOfJourney(_ slot: Int, _ draft: Draft) -> Bool {
        ["phase", "stage_history"].contains(draft.schema.fields[slot].name)
    }
}
