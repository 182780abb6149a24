internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Store

/// `/v1/keys`: who may come in, which is the administrator's to say.
struct Keys: Sendable {
    let service: Service

    /// `GET /v1/keys`: the keys, without what they are shown by.
    func list(_ request: borrowing Request) throws(Problem) -> Response {
        try service.permissions.demandAdministrator(request)
        var keys: [JSON] = []
        service.store.view.forEach(Key.schema.name) { keys.append(Self.json($0)) }
        return .list(["data": .array(keys), "next": nil], as: AnswerForm(of: request))
    }

    /// `POST /v1/keys`: makes a key and tells it, for the only time.
    func make(_ request: borrowing Request) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        // The answer must not be kept, or the key would be.
        guard request.fieldBytes(.idempotencyKey) == nil else {
            throw Problem(.badRequest, detail: "A key is made without an Idempotency-Key: its answer is not kept.")
        }
        let input = try request.json()
        let later = request.later()
        let new = NewKey()
        service.store.post(by: author) { transaction throws(Refusal) in
            try Key.make(input, hash: new.hash, in: &transaction)
        } settled: { [permissions = service.permissions] outcome in
            permissions.reload()
            later.answer(
                Service.response(to: outcome) { key in
                    .json(Self.json(key, [.init("key", .string(new.secret))]), status: .created)
                })
        }
        return .deferred
    }

    /// `DELETE /v1/keys/{id}`
    func revoke(_ request: borrowing Request) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        let id = request.parameter("id")
        let later = request.later()
        service.store.post(by: author) { transaction throws(Refusal) in
            try Key.revoke(try Service.record(Key.schema, id, in: transaction), in: &transaction)
        } settled: { [permissions = service.permissions] outcome in
            permissions.reload()
            later.answer(Service.response(to: outcome) { _ in .noContent })
        }
        return .deferred
    }

    private static func json(_ key: Record, _ more: [JSON.Member] = []) -> JSON {
        let fields = Key.inputs + Key.schema.fields.filter { $0.name == "created_at" }
        let members = fields.map { JSON.Member($0.name, key[$0.name].json(of: $0.type)) }
        return .object([.init("id", .string(key.idText))] + members + more)
    }
}
