internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Ledger
internal import Store

/// What a person may demand of whoever holds their data: all of it, or that it goes (GDPR articles 15 and 17).
struct Person: Sendable {
    let service: Service

    /// `GET /v1/leads/{id}/export`: all that is held about a lead, its past versions included.
    func export(_ request: borrowing Request) throws(Problem) -> Response {
        try service.permissions.demandKey(request)
        let lead = try service.record(Lead.schema, request)
        let store = service.store
        return service.offLoop(request) { () throws(Problem) in
            let view = store.view
            var members: [JSON.Member] = [.init("lead", try Self.json(lead))]
            let versions = try Past.versions(of: Lead.schema, lead.id, from: lead.seq, count: .max, in: store).all
            members.append(.init("versions", .array(versions.compactMap(\.record))))
            for resource in Resources.all {
                let schema = resource.schema
                var found: [JSON] = []
                for path in schema.references(to: Lead.schema.name) {
                    for record in view.records(schema.name, where: path, is: .identifier(lead.id)) {
                        found.append(try Self.json(record))
                    }
                }
                if !found.isEmpty { members.append(.init(schema.name, .array(found))) }
            }
            return .json(.object(members))
        }
    }

    /// `POST /v1/leads/{id}/erase`: blanks the personal data at once, and answers when every older line is blank too.
    func erase(_ request: borrowing Request) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        let id = request.parameter("id")
        guard request.body.isEmpty else { throw Problem(.badRequest, detail: "An erasure takes no body.") }
        let version = try Service.demandedVersion(request)
        let store = service.store
        return try service.write(request, author: author) { transaction throws(Refusal) in
            let lead = try Service.record(Lead.schema, id, in: transaction)
            return try Erasure.erase(lead, version: version, in: &transaction)
        } finishing: { record, seq in
            do throws(LedgerFault) {
                try store.finishErasures(through: seq)
                return Service.response(of: record)
            } catch {
                return Self.unfinished(record, error)
            }
        }
    }

    /// It is blank from now on, and its past is not yet.
    private static func unfinished(_ record: Record, _ fault: LedgerFault) -> Response {
        Response(
            Problem(
                .serviceUnavailable, title: "Erased, its past not yet",
                detail: "The lead is blank. Its older versions are still on disk: \(fault). "
                    + "POST /internal/erasures finishes that, and so does the next start.",
                members: [.init("id", .string(record.idText))]))
    }

    /// `POST /internal/erasures`: does what is left to do of erasures.
    func finish(_ request: borrowing Request) throws(Problem) -> Response {
        try service.permissions.demandKey(request)
        let store = service.store
        return service.offLoop(request) { () throws(Problem) in
            do throws(LedgerFault) { try store.finishErasures(through: store.view.seq) } catch { throw Problem(error) }
            return .json(["status": "done"])
        }
    }

    private static func json(_ record: Record) throws(Problem) -> JSON {
        try Request.json(in: record.encoded)
    }
}
