internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Store

/// What other systems hand in without knowing what is there: `PUT /v1/{resource}?by=`, and forms.
struct Feeding: Sendable {
    let service: Service

    /// `PUT /v1/{resource}?by=email`: makes a record or changes the one that has the same key, and says which.
    func put(_ resource: any Resource.Type) -> @Sendable (borrowing Request) throws(Problem) -> Response {
        { request throws(Problem) in
            let author = try service.permissions.author(of: request)
            let items = try request.queryItems()
            guard let key = items.first?.value, items.count == 1, items[0].name == "by",
                Upsert.isKey(key, of: resource.schema)
            else {
                let keys = Upsert.keys(of: resource.schema).joined(separator: ", ")
                throw Problem(queryFaults: [Fault("by", "must be given, and alone: one of \(keys)")])
            }
            let input = try request.json()
            let condition = try EntityTag.condition(of: request)
            return try service.writeJSON(request, author: author) { transaction throws(Refusal) in
                let upsert = try Upsert.put(resource, by: key, input, if: condition, in: &transaction)
                let leads = Erasure.leads(of: upsert.record, in: transaction).map(Lead.schema.text)
                return Service.Told(
                    status: upsert.outcome == .created ? .created : .ok, json: try Self.json(upsert),
                    holds: [upsert.record.idText] + leads.filter { $0 != upsert.record.idText },
                    version: upsert.record.version)
            }
        }
    }

    /// `POST /v1/forms`: what somebody filled in becomes a lead, a touch and an inquiry, and the answer says which.
    func form(_ request: borrowing Request) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        let input = try request.json()
        return try service.writeJSON(request, author: author) { transaction throws(Refusal) in
            let json = try Form.take(input, in: &transaction)
            return Service.Told(status: .created, json: json, holds: [json["lead_id"]?.text].compactMap(\.self))
        }
    }

    private static func json(_ upsert: Upsert) throws(Refusal) -> JSON {
        do throws(JSONFault) { return try upsert.json() } catch {
            preconditionFailure("a record that was just written is not JSON: \(error)")
        }
    }

    /// `GET /v1/{resource}/{id}/duplicates`: records that may be of the same person or company, and why.
    func duplicates(of schema: Schema) -> @Sendable (borrowing Request) throws(Problem) -> Response {
        { request throws(Problem) in
            let record = try service.record(schema, request)
            let sight = try service.permissions.sight(of: request, reading: schema.name)
            let view = service.store.view
            var data: [JSON] = []
            for (other, shared) in Duplicates.of(record, in: view) where sight.isAll || sight.sees(other, in: view) {
                data.append([
                    "id": .string(other.idText), "href": .string(other.address),
                    "shared": .array(shared.map { .string($0) }), "record": try Request.json(in: other.encoded),
                ])
            }
            return .list(["data": .array(data), "next": nil], as: AnswerForm(of: request))
        }
    }
}
