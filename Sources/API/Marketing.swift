internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Store

/// What marketing asks that no list of records answers: members, scores, spend.
struct Marketing: Sendable {
    let service: Service
    let clock: @Sendable () -> Instant

    /// `GET /v1/segments/{id}/members`: the leads for whom the segment's filter holds now, as a list of leads.
    func members(_ request: borrowing Request) throws(Problem) -> Response {
        let segment = try service.record(Segment.schema, request)
        return try Collection(Lead.self, of: service).list(request, Segment.filter(of: segment).conditions)
    }

    /// `GET /v1/leads/{id}/score`: the entries that a lead's score adds up from.
    func score(_ request: borrowing Request) throws(Problem) -> Response {
        let lead = try service.record(Lead.schema, request)
        try service.permissions.demandReading(Scoring.resources, request)
        return .json(Scoring.json(of: lead, at: clock(), in: service.store.view))
    }

    /// `GET /v1/campaigns/{id}/spend`: what a campaign and all that are part of it cost, against its budget.
    func spend(_ request: borrowing Request) throws(Problem) -> Response {
        let campaign = try service.record(Campaign.schema, request)
        try service.permissions.demandReading([Observation.schema.name], request)
        do throws(Refusal) {
            return .json(try Spend.json(of: campaign, in: service.store.view))
        } catch {
            throw Problem(error)
        }
    }
}
