public import Domain
public import Store

extension Facts {
    /// How the closed deals went that used each content.
    ///
    /// - Parameter sees: whether a deal counts; each where `nil`.
    public func outcomesByContent(sees: ((Record) -> Bool)? = nil) -> [Identifier: Recommendation.Outcomes] {
        let options = Question.Options()
        var outcomes: [Int32: Recommendation.Outcomes] = [:]
        for row in deals.stage.indices where deals.stage[row] == won || deals.stage[row] == lost {
            if let sees, !(record(.deals, Int32(row)).map(sees) ?? false) { continue }
            for content in contents(usedOn: Int32(row), before: deals.enteredAt[row], options) {
                outcomes[content, default: .init()].add(isWon: deals.stage[row] == won)
            }
        }
        return Dictionary(uniqueKeysWithValues: outcomes.map { (links[.contents].ids[Int($0)], $1) })
    }

    /// The contents that one deal has used.
    public func contents(usedOn deal: Record) -> Set<Identifier> {
        let row = links.row(of: deal.id, in: .deals)
        if row < 0 { return [] }
        let end = deal["closed_at"].instant?.milliseconds ?? Facts.never
        return Set(contents(usedOn: row, in: .min..<end).map { links[.contents].ids[Int($0)] })
    }

    /// The contents that a deal's leads had to do with by a touch that qualifies, that were used in activities or to answer
    /// objections, before its close: what was only sent, or came back, was not used.
    func contents(usedOn deal: Int32, before end: Int64, _ options: Question.Options) -> Set<Int32> {
        contents(usedOn: deal, in: end - options.lookbackDays * Instant.dayMilliseconds..<end)
    }

    /// The same, by touches of a time; what sales did for a deal is of that deal however long it took.
    private func contents(usedOn deal: Int32, in time: Range<Int64>) -> Set<Int32> {
        var used: Set<Int32> = []
        func use(_ content: Int32, at moment: Int64) {
            if content >= 0, moment < time.upperBound { used.insert(content) }
        }
        for lead in deals.leads[Int(deal)] {
            for place in touchesOfLead.placesIfAny(lead) {
                let touch = touchesOfLead[place: place]
                if !touch.marks.contains(.isBot), touch.marks.contains(.isEngagement), touch.at >= time.lowerBound {
                    use(touch.content, at: touch.at)
                }
            }
            // What names a deal is of that one.
            activitiesOfLead.forEach(of: lead) { row in
                if activities[row].deal < 0 { use(activities[row].content, at: activities[row].at) }
            }
        }
        activitiesOfDeal.forEach(of: deal) { use(activities[$0].content, at: activities[$0].at) }
        objectionsOfDeal.forEach(of: deal) { row in
            for answer in objections[row].contents { use(answer.content, at: answer.at) }
        }
        return used
    }
}
