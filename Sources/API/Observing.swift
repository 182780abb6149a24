internal import HTTPServer
internal import Store

/// `GET /internal/metrics`: what the server counts of itself, as Prometheus reads it.
struct Observing: Sendable {
    let service: Service

    /// Answers when every loop has told what it counted.
    func metrics(_ request: borrowing Request) throws(Problem) -> Response {
        try service.permissions.demandAdministrator(request)
        let later = request.later()
        let store = service.store
        service.figures.exposition { exposition in
            Self.add(store, to: &exposition)
        } _: { bytes in
            later.answer(Response(contentType: Exposition.contentType, body: bytes))
        }
        return .deferred
    }

    private static func add(_ store: Store, to exposition: inout Exposition) {
        let view = store.view
        exposition.family("tandem_ledger_seq", .gauge, "The newest durable entry.")
        exposition.sample([], view.seq)
        exposition.family(
            "tandem_ledger_writable", .gauge, "1 while entries are taken, 0 while a fault keeps them off.")
        exposition.sample([], store.fault == nil ? 1 : 0)
        exposition.family("tandem_records", .gauge, "Records by resource.")
        for (resource, count) in view.recordCounts { exposition.sample([("resource", resource)], Int64(count)) }
    }
}
