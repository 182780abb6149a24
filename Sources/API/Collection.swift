internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Locks
internal import Store

/// List, show, create, patch and delete, the same for any declared resource.
struct Collection: Sendable {
    let service: Service
    let resource: any Resource.Type
    let schema: Schema

    init(_ resource: any Resource.Type, of service: Service) {
        self.service = service
        self.resource = resource
        schema = resource.schema
    }

    /// `GET /v1/{resource}`
    func list(_ request: borrowing Request) throws(Problem) -> Response { try list(request, []) }

    /// The records of which some conditions hold, and those that the request names.
    func list(_ request: borrowing Request, _ conditions: [Condition]) throws(Problem) -> Response {
        let sight = try service.permissions.sight(of: request, reading: schema.name)
        let view = service.store.view
        var listing = try Listing(try request.queryItems(), of: schema)
        listing.query.conditions += conditions
        if !sight.isAll { listing.query.sees = { sight.sees($0, in: view) } }
        let asked = Asked(
            listing: listing, query: view.plan(listing.query, of: schema.name), path: request.path, seq: view.seq,
            isTable: AnswerForm(of: request).isTable)
        // Whoever sees little may have all looked through for a page, which nobody can tell before; a table takes longer
        // to write than its records to find.
        guard asked.isTable || !sight.isAll || asked.query.cost(counts: listing.counts) > Self.recordsOnLoopMax else {
            return answer(asked)
        }
        return service.offLoop(request) { () throws(Problem) in answer(asked) }
    }

    /// A list that is asked for.
    private struct Asked: Sendable {
        let listing: Listing
        let query: PlannedQuery
        let path: String
        let seq: Int64
        let isTable: Bool
    }

    /// How many records a list looks at before others would wait for it too long: about a millisecond.
    private static let recordsOnLoopMax = 2000.0

    private func answer(_ asked: Asked) -> Response {
        let (page, names) = (asked.query.page(), asked.listing.fields)
        let next = page.next.map { asked.listing.address(after: $0, path: asked.path) }
        let count = asked.listing.counts ? asked.query.count() : nil
        let fields: ResponseFields = [.tandemSeq: String(asked.seq), .vary: "Accept"]
        return asked.isTable
            ? table(of: page.records, names, next, count, fields) : list(of: page.records, names, next, count, fields)
    }

    private func list(
        of records: [Record], _ names: [String]?, _ next: String?, _ count: Int?, _ fields: ResponseFields
    ) -> Response {
        var writer = JSONWriter(capacity: records.count * 800 + 256)
        writer.object { writer in
            writer.name("data")
            writer.array { writer in
                for record in records {
                    if let names {
                        writer.value(record.projected(to: names))
                    } else {
                        writer.encoded(record.encoded)
                    }
                }
            }
            writer.member("next", next.map { .string($0) } ?? .null)
            if let count { writer.member("count", .integer(Int64(count))) }
        }
        return Response(fields: fields, body: writer.bytes)
    }

    /// The page as CSV; what a list says beside its records is in fields of the answer.
    private func table(
        of records: [Record], _ names: [String]?, _ next: String?, _ count: Int?, _ fields: ResponseFields
    ) -> Response {
        var fields = fields
        if let next { fields.append(.link, "<\(next)>; rel=\"next\"") }
        if let count { fields.append(.tandemCount, Int64(count)) }
        return Response(
            contentType: ListTable.contentType, fields: fields,
            body: RecordTable(of: schema, names).encode(records))
    }

    /// `GET /v1/{resource}/{id}`
    func show(_ request: borrowing Request) throws(Problem) -> Response {
        let record = try service.record(schema, request)
        record.prefetch()
        if EntityTag.isKnown(record.version, to: request) {
            return Response(.notModified, contentType: nil, version: record.version)
        }
        guard request.hasQuery else { return Service.response(of: record) }
        let fields = try Listing.fields(try request.queryItems(), of: schema)
        return fields.map { .json(record.projected(to: $0)) } ?? Service.response(of: record)
    }

    /// `POST /v1/{resource}`
    func create(_ request: borrowing Request) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        // Handed over and not shared, or the first value that is completed would have all of them copied.
        let posted = Locked(Optional(try posted(request)))
        return try service.write(request, author: author, status: .created) { transaction throws(Refusal) in
            guard let posted = posted.withLock({ $0.take() }) else { preconditionFailure("a command is done once") }
            return try Commands.create(posted, in: &transaction)
        }
    }

    private func posted(_ request: borrowing Request) throws(Problem) -> Posted {
        try request.demandMediaType(Service.takesLines(resource) ? Service.bulkMediaTypes : ["application/json"])
        do throws(JSONFault) { return try Posted(resource, reading: request.body) } catch {
            throw Request.noJSON(error)
        }
    }

    /// A JSON Merge Patch (RFC 7396), by its own name or as JSON.
    static let patchMediaTypes = ["application/merge-patch+json", "application/json"]

    /// `PATCH /v1/{resource}/{id}`
    func patch(_ request: borrowing Request) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        let id = request.parameter("id")
        let input = try request.json(as: Self.patchMediaTypes)
        let condition = try EntityTag.condition(of: request)
        return try service.write(request, author: author) { transaction throws(Refusal) in
            let record = try Service.record(schema, id, in: transaction)
            return try Commands.patch(resource, record, input, if: condition, in: &transaction)
        }
    }

    /// `DELETE /v1/{resource}/{id}`
    func delete(_ request: borrowing Request) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        let id = request.parameter("id")
        let condition = try EntityTag.condition(of: request)
        let later = request.later()
        service.store.post(by: author) { transaction throws(Refusal) in
            let record = try Service.record(schema, id, in: transaction)
            try Commands.delete(resource, record, if: condition, in: &transaction)
        } settled: { outcome in
            later.answer(Service.response(to: outcome) { _ in .noContent })
        }
        return .deferred
    }
}

extension Record {
    /// The record with its id and some of its fields.
    func projected(to fields: [String]) -> JSON {
        var members = [JSON.Member("id", .string(idText))]
        for name in fields where name != "id" {
            guard let slot = schema.slot(name) else { continue }
            members.append(.init(name, value(at: slot).json(of: schema.fields[slot].type)))
        }
        return .object(members)
    }
}

extension HTTPField.Name {
    /// Where the next page is (RFC 8288).
    static let link = token("Link")
    /// How many records there are in all.
    static let tandemCount = token("Tandem-Count")
}
