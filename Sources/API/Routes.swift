internal import Domain
public import HTTPServer
internal import HTTPTypes
internal import JSON
public import Store

extension Service {
    /// Every route of the product.
    public func router(clock: @escaping @Sendable () -> Instant) -> Router {
        var router = Router(admits: admit)
        router.get("/health", health)
        router.get("/openapi.json", openAPI)
        func get(_ path: String, _ handler: @escaping Handler) { router.get(path, fromStateSeen(handler)) }

        let past = Past(service: self)
        let feeding = Feeding(service: self)
        for resource in Resources.all {
            let collection = Collection(resource, of: self)
            let path = "/v1/\(collection.schema.name)"
            get(path, collection.list)
            get("\(path)/{id}", collection.show)
            get("\(path)/{id}/history", past.history(of: collection.schema))
            guard !resource.isMadeByActions else { continue }
            if Self.takesLines(resource) {
                router.post(path, streaming: lines(.records(of: resource)), Self.withoutQuery(collection.create))
            } else {
                router.post(path, Self.withoutQuery(collection.create))
            }
            router.put(path, feeding.put(resource))
            router.patch("\(path)/{id}", Self.withoutQuery(collection.patch))
            router.delete("\(path)/{id}", Self.withoutQuery(collection.delete))
        }
        for action in Action.all {
            guard let resource = Resources.all.first(where: { $0.schema.name == action.resource }) else { continue }
            let acting = Acting(service: self, action: action, schema: resource.schema)
            router.post("/v1/\(action.resource)/{id}/\(action.name)", Self.withoutQuery(acting.act))
        }
        get("/v1/changes", past.changes)
        get("/v1/stream", Stream(service: self).stream)
        get("/v1/leads/{id}/journey", Self.withoutQuery(journey))

        get("/v1/users/{id}/agenda", Agendas(service: self, clock: clock).show)

        for schema in [Lead.schema, Account.schema] {
            get("/v1/\(schema.name)/{id}/duplicates", Self.withoutQuery(feeding.duplicates(of: schema)))
        }
        router.post("/v1/forms", Self.withoutQuery(feeding.form))

        let marketing = Marketing(service: self, clock: clock)
        get("/v1/segments/{id}/members", marketing.members)
        get("/v1/leads/{id}/score", Self.withoutQuery(marketing.score))
        get("/v1/campaigns/{id}/spend", Self.withoutQuery(marketing.spend))

        let together = Together(service: self, clock: clock)
        get("/v1/handoffs/{id}/packet", Self.withoutQuery(together.packet))
        get("/v1/deals/{id}/recommended-content", Self.withoutQuery(together.contentForDeal))
        get("/v1/leads/{id}/recommended-content", Self.withoutQuery(together.contentForLead))
        get("/v1/insights/{id}/effect", together.effect)
        get("/v1/reports/insights", together.insights)

        let person = Person(service: self)
        get("/v1/leads/{id}/export", Self.withoutQuery(person.export))
        router.post("/v1/leads/{id}/erase", Self.withoutQuery(person.erase))
        router.post("/internal/erasures", Self.withoutQuery(person.finish))

        let keys = Keys(service: self)
        get("/v1/keys", Self.withoutQuery(keys.list))
        router.post("/v1/keys", Self.withoutQuery(keys.make))
        router.delete("/v1/keys/{id}", Self.withoutQuery(keys.revoke))

        let upkeep = Upkeep(service: self)
        router.post("/internal/snapshot", Self.withoutQuery(upkeep.snapshot))
        router.get("/internal/backup", upkeep.backup)
        router.get("/internal/metrics", Observing(service: self).metrics)

        router.post("/v1/batch", bodyBytesMax: Batch.bodyBytesMax, Self.withoutQuery(Batch(service: self).run))
        let bulk = Bulk(service: self)
        router.post(
            "/v1/imports", bodyBytesMax: Bulk.bodyBytesMax, streaming: lines(.rows), Self.withoutQuery(bulk.imports))

        let measuring = Measuring(service: self, clock: clock)
        get("/v1/goals/{id}/progress", measuring.progress)
        get("/v1/metrics", Self.withoutQuery(measuring.catalogue))
        get("/v1/metrics/{name}", measuring.figure)
        get("/v1/metrics/{name}/rows", measuring.rows)
        get("/v1/metrics/{name}/diff", measuring.difference)
        get("/v1/metrics/{name}/disagreement", measuring.disagreement)
        for report in Report.all { get("/v1/reports/\(report.name)", measuring.report(report)) }
        return router
    }

    /// Refuses, before a body is sent, who has no key and a body of no type that is taken.
    private func admit(_ request: borrowing Request) throws(Problem) {
        try permissions.demandKey(request)
        guard !request.path.hasPrefix("/internal/") else { return }
        try request.demandMediaType(
            request.method == .patch
                ? Collection.patchMediaTypes
                : request.method == .post && Self.linePaths.contains(request.path)
                    ? Self.bulkMediaTypes : ["application/json"])
    }

    /// A record, or many as lines.
    static let bulkMediaTypes = ["application/json", lineMediaType]
    private static let lineMediaType = "application/x-ndjson"
    private static let linePaths = Resources.all.filter(takesLines).map { "/v1/\($0.schema.name)" } + ["/v1/imports"]

    /// A handler of a route that takes no query: what somebody asks for there is not passed over in silence.
    private static func withoutQuery(
        _ handler: @escaping @Sendable (borrowing Request) throws(Problem) -> Response
    ) -> @Sendable (borrowing Request) throws(Problem) -> Response {
        { request throws(Problem) in
            try request.demandNoQuery()
            return try handler(request)
        }
    }

    /// A handler that reads a state no older than the one that the reader says to have seen.
    private func fromStateSeen(_ handler: @escaping Handler) -> Handler {
        { request throws(Problem) in
            try demandStateSeen(request)
            return try handler(request)
        }
    }

    /// What a write answered is here, unless the ledger was put back to an earlier state.
    private func demandStateSeen(_ request: borrowing Request) throws(Problem) {
        guard let text = request.field(.tandemSeq) else { return }
        try permissions.demandKey(request)
        guard let seen = Int64(text), seen >= 0, !text.hasPrefix("+") else {
            throw Problem(.badRequest, detail: "Tandem-Seq must be a number as a write answered it, such as 4711.")
        }
        let last = store.view.seq
        guard seen > last else { return }
        throw Problem(
            .preconditionFailed, title: "Not that far",
            detail:
                "Entry \(seen) was seen, and this ledger ends at \(last): it was put back to an earlier state, as from a "
                + "backup. Without Tandem-Seq that state is read.")
    }

    /// Whether many records come at once, as lines.
    static func takesLines(_ resource: any Resource.Type) -> Bool {
        resource == Touch.self || resource == Observation.self
    }

    /// Many records as lines of JSON, taken as they come.
    private func lines(_ kind: LineImport.Kind) -> StreamedBody {
        StreamedBody(Self.lineMediaType, bodyBytesMax: importBytesMax) { request, body throws(Problem) in
            try request.demandNoQuery()
            return try LineImport.begin(kind, request, body, for: self)
        }
    }

    /// `GET /health`, for everybody: whether the server takes writes.
    private func health(_ request: borrowing Request) throws(Problem) -> Response {
        if let fault = store.fault {
            // Where the disk was full and has room again, who asks next is told so.
            store.retry()
            throw Problem(
                .serviceUnavailable, title: "Not writing",
                detail:
                    "The ledger takes no entries: \(fault.reason). Reads go on. Where room was missing, writes go on "
                    + "when there is some; after any other fault restart when its cause is mended.")
        }
        return Response(body: Self.healthy)
    }

    private static let healthy = Array("{\"status\":\"ok\"}\n".utf8)

    /// `GET /openapi.json`
    private func openAPI(_ request: borrowing Request) throws(Problem) -> Response {
        try permissions.demandKey(request)
        return Response(body: Self.description)
    }

    private static let description = JSONWriter.encode(OpenAPI.document) + [UInt8(ascii: "\n")]

    /// `GET /v1/leads/{id}/journey`
    private func journey(_ request: borrowing Request) throws(Problem) -> Response {
        let lead = try record(Lead.schema, request)
        try permissions.demandReading(Timeline.resources, request)
        return .list(
            ["data": .array(Timeline.entries(of: lead, in: store.view)), "next": nil], as: AnswerForm(of: request))
    }
}
