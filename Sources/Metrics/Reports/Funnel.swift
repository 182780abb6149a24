internal import Domain
internal import JSON
internal import Store

/// The way of leads from capture to customer: one cohort of distinct leads, the lost included.
public enum Funnel {
    /// What it is, in one sentence.
    public static let definition =
        "Of the leads captured in the period, how many reached each stage since, how long that took those who came there, where the others left, and how many may come yet; by basis=event, the entries of each stage in the period."

    /// The dimensions it can be cut by.
    public static let dimensions = Dimension.ofLeads

    /// The report, whole and by group.
    ///
    /// - Throws: ``MetricFault``.
    public static func answer(_ question: Question, in facts: Facts) throws(MetricFault) -> Answer {
        let asked = Asked(question, of: facts)
        let reader = DimensionReader(asked)
        let basis = question.basis ?? .cohort
        let items = try Narrowing(question, reader).apply(to: basis == .cohort ? asked.captured() : asked.entries())
        let groups =
            question.groupBy.isEmpty ? nil : try Groups(items, by: question.groupBy, reader, question)
        let ways = Ways(items, groups, asked, basis)
        var writer = AnswerWriter()
        writer.beginObject()
        writer.members(asked.head("funnel", definition, basis))
        ways.writeWhole(to: &writer)
        if let groups {
            let teller = GroupTeller(groups)
            writer.beginArray("groups")
            for place in groups.all.indices {
                writer.beginObject()
                teller.writeKeys(of: groups.all[place], to: &writer)
                if groups.all[place].isToCome {
                    writer.members(Groups.toCome("leads"))
                } else {
                    ways.write(group: place, to: &writer)
                }
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
        return Answer(writer)
    }
}

/// How far leads came, whole and by group.
private struct Ways {
    private var all = FunnelCounts()
    private var groups: [FunnelCounts]
    /// The lengths from each stage to the next.
    private var lengths: [RankedLengths] = []
    private let isCohort: Bool

    private static let stageCount = 6
    private static let disqualified = Int32(LeadTable.number(of: .disqualified))

    init(_ items: [Fact], _ places: Groups?, _ asked: Asked, _ basis: Question.Basis) {
        isCohort = basis == .cohort
        groups = Array(repeating: FunnelCounts(), count: places?.all.count ?? 0)
        if isCohort { walk(items, places, asked) } else { count(items, places) }
    }

    // MARK: One cohort

    private mutating func walk(_ items: [Fact], _ places: Groups?, _ asked: Asked) {
        var waits = InlineArray<5, [Length]>(repeating: [])
        for stage in waits.indices { waits[stage].reserveCapacity(items.count) }
        var counts = groups.isEmpty ? [FunnelCounts()] : groups
        walk(items, places, asked, &counts, &waits)
        lengths = waits.indices.map { RankedLengths(waits[$0], groupCount: groups.count) }
        for group in counts { all.add(group) }
        if !groups.isEmpty { groups = counts }
    }

    private func walk(
        _ items: [Fact], _ places: Groups?, _ asked: Asked, _ counts: inout [FunnelCounts],
        _ waits: inout InlineArray<5, [Length]>
    ) {
        let runs = asked.facts.leads.steps
        let steps = runs.elements.span
        let facts = items.span
        let (asOf, isOut) = (asked.asOf, Self.disqualified)
        var count = counts.mutableSpan
        for index in facts.indices {
            let group = places?.place(ofFact: index) ?? 0
            var reached = InlineArray<6, Int64>(repeating: Facts.never)
            var last = Step(at: 0, stage: -1)
            for place in runs.places(Int(facts[index].row)) {
                let step = steps[place]
                if step.at >= asOf { continue }
                last = step
                if step.stage < 6, reached[Int(step.stage)] == Facts.never { reached[Int(step.stage)] = step.at }
            }
            count[group].add(reached)
            if last.stage == isOut || last.stage == 0 {
                count[group].leave(reached, isOut: last.stage == isOut)
            } else {
                count[group].wait(reached)
            }
            for stage in 1..<6 where reached[stage] != Facts.never && reached[stage - 1] != Facts.never {
                waits[stage - 1].append(
                    Length(reached[stage] &- reached[stage - 1], group: Int32(truncatingIfNeeded: group)))
            }
        }
    }

    // MARK: What happened in the period

    private mutating func count(_ items: [Fact], _ places: Groups?) {
        var leads: Set<Int32> = []
        var leadsOfGroups = [Set<Int32>](repeating: [], count: groups.count)
        for (index, fact) in items.enumerated() {
            leads.insert(fact.row)
            all.add(fact)
            guard let group = places?.place(ofFact: index) else { continue }
            leadsOfGroups[group].insert(fact.row)
            groups[group].add(fact)
        }
        all.leads = Int64(leads.count)
        for place in groups.indices { groups[place].leads = Int64(leadsOfGroups[place].count) }
    }

    // MARK: As an answer

    func writeWhole(to writer: inout AnswerWriter) { all.write(lengths.map(\.all), to: &writer) }

    func write(group place: Int, to writer: inout AnswerWriter) {
        groups[place].write(lengths.map { $0.group(place) }, to: &writer)
    }
}

extension FunnelCounts {
    @inline(__always)
    mutating func add(_ times: InlineArray<6, Int64>) {
        leads += 1
        for stage in 0..<6 where times[stage] != Facts.never { reached[stage] += 1 }
    }

    /// Counts who went back or out by the furthest stage; who is back at a start never left.
    mutating func leave(_ times: InlineArray<6, Int64>, isOut: Bool) {
        let furthest = Self.furthest(times)
        if isOut {
            disqualified[furthest] += 1
        } else if furthest > 0 {
            recycled[furthest] += 1
        } else {
            unfinished[1] += 1
        }
    }

    /// Counts who is on the way by the stage that comes next.
    mutating func wait(_ times: InlineArray<6, Int64>) {
        let furthest = Self.furthest(times)
        if furthest < 5 { unfinished[furthest + 1] += 1 }
    }

    private static func furthest(_ times: InlineArray<6, Int64>) -> Int {
        var furthest = 0
        for stage in 0..<6 where times[stage] != Facts.never { furthest = stage }
        return furthest
    }

    fileprivate mutating func add(_ other: FunnelCounts) {
        leads += other.leads
        for stage in reached.indices {
            reached[stage] += other.reached[stage]
            disqualified[stage] += other.disqualified[stage]
            recycled[stage] += other.recycled[stage]
            unfinished[stage] += other.unfinished[stage]
        }
    }

    /// An entry of the period, as ``Asked/entries()`` tells it.
    mutating func add(_ fact: Fact) {
        switch fact.part {
        case 0: reached[Int(fact.value)] += 1
        case 1: disqualified[Int(fact.value)] += 1
        default: recycled[Int(fact.value)] += 1
        }
    }
}

extension Asked {
    /// What happened to leads in the period, step by step, each at its own time, and of a lead one of a kind: part 0 are
    /// stages reached, part 1 who was disqualified and part 2 who was recycled, by the furthest stage.
    fileprivate func entries() -> [Fact] {
        var found: [Fact] = []
        let disqualified = Int32(LeadTable.number(of: .disqualified))
        for row in facts.leads.capturedAt.indices {
            let now = stage(ofLead: row)
            var seen: UInt32 = 0
            var furthest: Int32 = 0
            for (index, step) in facts.leads.steps[row].enumerated() {
                defer { if step.stage < disqualified { furthest = max(furthest, step.stage) } }
                let isBack = step.stage == disqualified || step.stage == 0 && index > 0
                // Who goes back to the start never went further: that is no leaving.
                let bit = UInt32(1) << (UInt32(step.stage) + (isBack ? 8 : 0))
                guard contains(step.at), seen & bit == 0 else { continue }
                seen |= bit
                if isBack, step.stage == 0, furthest == 0 { continue }
                var fact = Fact(.leads, Int32(row), at: step.at, stage: now)
                fact.value = Int64(isBack ? furthest : step.stage)
                fact.part = isBack ? (step.stage == disqualified ? 1 : 2) : 0
                found.append(fact)
            }
        }
        return found
    }
}
