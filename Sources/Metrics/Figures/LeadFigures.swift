internal import Domain
internal import Store

/// Figures over leads.
enum LeadFigures {
    static let all = [
        Metric(
            "leads_created", unit: "count", .count, of: [.leads], dimensions: Dimension.ofLeads,
            columns: .capturedLeads,
            "The leads captured in the period."
        ) { asked in asked.captured() },
        Metric(
            "mqls", unit: "count", .count, of: [.leads], dimensions: Dimension.ofLeads,
            "The leads that became marketing qualified in the period, each once."
        ) { asked in asked.entered(.mql) },
        Metric(
            "conversion_rate", unit: "ratio", .share(isOfTwoSets: true), of: [.leads], bases: [.cohort, .event],
            dimensions: Dimension.ofLeads, parameters: ["from_stage", "to_stage", "within"],
            "Of the leads that entered from_stage (lead) in the period, those that reached to_stage (customer) since; by basis=event, entries of to_stage ÷ entries of from_stage in the period. A lead enters the stage lead when it is captured, once."
        ) { asked in
            asked.question.basis == .event ? asked.conversionsByEvent() : asked.conversions()
        },
    ]
}

extension Asked {
    /// The leads captured in the period.
    func captured() -> [Fact] {
        let leads = facts.leads
        let (times, enteredAt, stages) = (leads.capturedAt.span, leads.enteredAt.span, leads.stage.span)
        var found: [Fact] = []
        found.reserveCapacity(times.count)
        for row in times.indices where contains(times[row]) {
            let stage = enteredAt[row] < asOf ? Facts.firstStage + Int32(stages[row]) : stage(ofLead: row)
            found.append(Fact(.leads, Int32(truncatingIfNeeded: row), at: times[row], stage: stage))
        }
        return found
    }

    /// The leads that entered a stage in the period, each with its first such entry.
    func entered(_ stage: Stage) -> [Fact] {
        if stage == .lead { return captured() }
        let leads = facts.leads
        let wanted = Int32(LeadTable.number(of: stage))
        var found: [Fact] = []
        for row in leads.capturedAt.indices {
            for place in leads.steps.places(row) {
                let step = leads.steps[place: place]
                guard step.stage == wanted, contains(step.at) else { continue }
                found.append(Fact(.leads, Int32(row), at: step.at, stage: self.stage(ofLead: row)))
                break
            }
        }
        return found
    }

    /// The stage that a lead was in as of the question, as facts tell it.
    @inline(__always)
    func stage(ofLead row: Int) -> Int32 {
        let stage = facts.leads.stage(of: row, asOf: asOf)
        return stage == Facts.noStage ? WordList.none : Facts.firstStage + Int32(stage)
    }

    fileprivate func conversions() -> [Fact] {
        let options = question.options
        let wanted = Int32(LeadTable.number(of: options.toStage ?? .customer))
        let disqualified = Facts.firstStage + Int32(LeadTable.number(of: .disqualified))
        return entered(options.fromStage ?? .lead).map { fact in
            var fact = fact
            let end = facts.leads.steps[Int(fact.row)].first { $0.stage == wanted && $0.at >= fact.at && $0.at < asOf }
            let isInTime = end.map { end in options.withinMilliseconds.map { end.at - fact.at <= $0 } ?? true } ?? false
            if isInTime { return fact }
            fact.marks.insert(.isBelowOnly)
            // It is not out, and the time for converting has not run out.
            let isOver = options.withinMilliseconds.map { asOf - fact.at > $0 } ?? false
            if fact.stage != disqualified, !isOver { fact.marks.insert(.isUnfinished) }
            return fact
        }
    }

    /// Both ends are counted by themselves: who converts in the period may have entered before it.
    fileprivate func conversionsByEvent() -> [Fact] {
        let options = question.options
        let start = entered(options.fromStage ?? .lead).map { $0.marked(.isBelowOnly) }
        return start + entered(options.toStage ?? .customer).map { $0.marked(.isAboveOnly) }
    }
}

extension Fact {
    func marked(_ mark: Marks) -> Fact {
        var fact = self
        fact.marks.insert(mark)
        return fact
    }

    /// The same as a part of a composed figure.
    func asPart(_ part: UInt8) -> Fact {
        var fact = self
        fact.part = part
        return fact
    }
}
