import Domain
import JSON
import Store

/// A lead in a stage, and what took it there.
struct Staged {
    let lead: Record
    var handOff: Record?
    var deal: Record?
}

extension Company {
    /// A sales representative.
    func seller(_ name: String = "Rosa") throws(Refusal) -> Record {
        try create("users", ["name": .string(name), "role": "sales_representative"])
    }

    /// A lead captured on the first of March 2026, a stage further each day at noon, by actions alone.
    func lead(in stage: Stage, named name: String = "Ada") throws(Refusal) -> Staged {
        var staged = Staged(
            lead: try create("leads", ["name": .string(name), "captured_at": "2026-03-01T12:00:00Z"]))
        if stage == .disqualified {
            try act("disqualify", staged.lead, ["reason": "a student", "at": "2026-03-02T12:00:00Z"])
        }
        guard let place = Stage.forward.firstIndex(of: stage) else { return staged }
        if place >= 1 { try act("qualify", staged.lead, ["at": "2026-03-02T12:00:00Z"]) }
        if place >= 2 {
            let handOff = try act(
                "handoff", staged.lead, ["to": try seller().ref, "at": "2026-03-03T11:00:00Z"])
            staged.handOff = try act("accept", handOff, ["at": "2026-03-03T12:00:00Z"])
        }
        if place >= 3 { try act("qualify", staged.lead, ["at": "2026-03-04T12:00:00Z"]) }
        if place >= 4 { staged.deal = try deal(with: staged.lead, at: "2026-03-05T12:00:00Z") }
        if place >= 5, let deal = staged.deal { try act("win", deal, ["at": "2026-03-06T12:00:00Z"]) }
        return staged
    }

    /// An open deal of 100.00 €.
    func deal(with lead: Record, at time: String) throws(Refusal) -> Record {
        try create(
            "deals",
            [
                "name": "A deal", "lead_ids": [lead.ref], "opened_at": .string(time),
                "amount": ["amount": 10_000, "currency": "EUR"],
            ])
    }
}
