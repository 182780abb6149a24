internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Metrics
internal import Store

/// What ties the departments: packets of hand-offs, what customers say, contents that help, and goals.
struct Together: Sendable {
    let service: Service
    let clock: @Sendable () -> Instant

    /// `GET /v1/handoffs/{id}/packet`: what sales gets with a lead.
    func packet(_ request: borrowing Request) throws(Problem) -> Response {
        let handOff = try service.record(HandOff.schema, request)
        try service.permissions.demandReading(Packet.resources, request)
        let sight = try service.permissions.sight(of: request, reading: Lead.schema.name)
        let (view, now) = (service.store.view, clock())
        // Who does not see the lead any more, as after a no, gets no packet.
        let lead = handOff["lead_id"].reference.flatMap { view.record(Lead.schema.name, $0) }
        guard let lead, sight.isAll || sight.sees(lead, in: view) else {
            throw Problem(.missing(kind: HandOff.schema.prefix, id: handOff.idText))
        }
        return service.offLoop(request) { () throws(Problem) in
            do throws(JSONFault) {
                return .json(try Packet.json(of: handOff, at: now, in: view, seenBy: sight))
            } catch {
                throw Problem(.internalServerError, detail: "A record could not be read: \(error).")
            }
        }
    }

    /// `GET /v1/deals/{id}/recommended-content`
    func contentForDeal(_ request: borrowing Request) throws(Problem) -> Response {
        let deal = try service.record(Deal.schema, request)
        let (live, view, form) = (service.facts, service.store.view, AnswerForm(of: request))
        try service.permissions.demandReading(Recommendation.resources, request)
        let sees = try narrowing(request)
        return service.offLoop(request) {
            let facts = live.now
            let outcomes = facts.outcomesByContent(sees: sees)
            let json = Recommendation.json(forDeal: deal, seen: facts.contents(usedOn: deal), outcomes, in: view)
            return .list(json, as: form)
        }
    }

    /// `GET /v1/leads/{id}/recommended-content`
    func contentForLead(_ request: borrowing Request) throws(Problem) -> Response {
        let lead = try service.record(Lead.schema, request)
        let (live, view, form) = (service.facts, service.store.view, AnswerForm(of: request))
        try service.permissions.demandReading(Recommendation.resources, request)
        let sees = try narrowing(request)
        return service.offLoop(request) {
            let outcomes = live.now.outcomesByContent(sees: sees)
            return .list(Recommendation.json(forLead: lead, outcomes, in: view), as: form)
        }
    }

    /// `GET /v1/insights/{id}/effect?days=30`: what moved after an insight was applied.
    func effect(_ request: borrowing Request) throws(Problem) -> Response {
        let insight = try service.record(Insight.schema, request)
        let sees = try narrowing(request)
        let days = try Self.days(try request.queryItems())
        let (facts, now) = (service.facts, clock().included)
        return service.offLoop(request) { () throws(Problem) in
            do throws(MetricFault) {
                if let json = try Effect.json(of: insight, days: days, at: now, in: facts.now, sees: sees) {
                    return .json(json)
                }
            } catch {
                throw Problem(error)
            }
            throw Problem(
                .conflict(
                    rule: "only an applied insight has an effect",
                    state: [.init("status", .string(insight["status"].text ?? ""))]))
        }
    }

    private static func days(_ items: [QueryItem]) throws(Problem) -> Int64 {
        var days: Int64 = 30
        var faults: [Fault] = []
        for item in items {
            if item.name == "days" {
                days = Int64(item.value) ?? 0
                if !(1...3650).contains(days) { faults.append(Fault("days", "must be a number from 1 to 3650")) }
            } else {
                faults.append(Fault(item.name, "there is no such parameter here; there is days"))
            }
        }
        guard faults.isEmpty else { throw Problem(queryFaults: faults) }
        return days
    }

    /// `GET /v1/reports/insights?group_by=campaign`: what customers say, counted by what it concerns.
    func insights(_ request: borrowing Request) throws(Problem) -> Response {
        let sees = try narrowing(request)
        var dimension = "kind"
        var (from, to): (Instant?, Instant?) = (nil, nil)
        var faults: [Fault] = []
        for item in try request.queryItems() {
            switch item.name {
            case "group_by":
                dimension = item.value
                if !InsightRollup.dimensions.contains(dimension) {
                    faults.append(Spelling.unknownName(dimension, at: "group_by", among: InsightRollup.dimensions))
                }
            case "from", "to":
                let time = Instant(item.value)
                if time == nil { faults.append(Fault(item.name, "must be a time or a date such as 2026-01-31")) }
                if item.name == "from" { from = time } else { to = time }
            default: faults.append(Fault(item.name, "there is no such parameter here; there are group_by, from, to"))
            }
        }
        guard faults.isEmpty else { throw Problem(queryFaults: faults) }
        let (view, form) = (service.store.view, AnswerForm(of: request))
        return service.offLoop(request) { [dimension, from, to] in
            let rollup = InsightRollup.json(by: dimension, from: from, to: to, in: view, sees: sees) { conditions in
                "/v1/insights?" + conditions.map { "\($0.field)=\(QueryText.encode($0.value))" }.joined(separator: "&")
            }
            return .list(rollup, as: form)
        }
    }

    /// What the asker sees of what is counted; `nil` where figures are the same for everybody.
    private func narrowing(
        _ request: borrowing Request
    ) throws(Problem) -> (@Sendable (Record) -> Bool)? {
        let sight = try service.permissions.sight(of: request, reading: "metrics")
        let view = service.store.view
        guard !sight.isAll, Settings.narrowsFigures(in: view) else { return nil }
        return { sight.sees($0, in: view) }
    }
}
