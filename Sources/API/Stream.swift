internal import Dispatch
internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Ledger
internal import Locks
internal import Store

/// `GET /v1/stream`: the feed of changes as server-sent events, each when it is durable.
struct Stream: Sendable {
    let service: Service

    /// A piece ends when entries of so many bytes, or so many, were looked at for it, or for so long: then the next stream has
    /// its turn.
    private static let pieceBytesMax = 256 << 10
    private static let entriesMax = 1000
    private static let pieceTimeMax = Duration.milliseconds(20)

    /// One piece is made at a time, however many streams there are: what they wait to send takes memory, and who asks
    /// anything else does not wait behind them.
    private static let making = DispatchQueue(label: "streams")

    /// Begins after the entry that `Last-Event-ID` or `after` names, otherwise with what comes from now on.
    func stream(_ request: borrowing Request) throws(Problem) -> Response {
        let key = try service.permissions.held(by: request)
        let store = service.store
        let newest = store.view.seq
        let start = try Self.start(request, upTo: newest) ?? newest
        return service.offLoop(request) { () throws(Problem) in
            // An entry that is forgotten is told now, while there is a status to tell it with.
            _ = try piece(after: start, entriesMax: 1, with: key)
            let place = Locked(start)
            return .events { client, give in
                wait(from: place, with: key, for: client, give)
            }
        }
    }

    /// Waits for an entry after a place; what it says is read from disk, which nobody else waits for.
    private func wait(
        from place: Locked<Int64>, with key: HeldKey, for client: OutgoingBody.Taker,
        _ give: @escaping @Sendable (Response.Events) -> Void
    ) {
        service.store.whenBeyond(place.withLock { $0 }) {
            // Who left and sees none of it would be waited for with every entry.
            guard client.isThere else { return }
            Self.making.async { self.give(from: place, with: key, for: client, give) }
        }
    }

    /// Gives what came after a place, and waits on where it is nothing that has an address.
    private func give(
        from place: Locked<Int64>, with key: HeldKey, for client: OutgoingBody.Taker,
        _ give: @escaping @Sendable (Response.Events) -> Void
    ) {
        do throws(Problem) {
            let (events, last) = try piece(after: place.withLock { $0 }, entriesMax: Self.entriesMax, with: key)
            place.withLock { $0 = last }
            if !events.isEmpty { return give(.some(events)) }
            wait(from: place, with: key, for: client, give)
        } catch {
            give(.broken)
        }
    }

    private func piece(
        after seq: Int64, entriesMax: Int, with key: HeldKey
    ) throws(Problem) -> (events: [ServerSentEvent], last: Int64) {
        guard let sight = service.permissions.sight(of: key) else {
            throw Permissions.takenAway
        }
        let store = service.store
        var events: [ServerSentEvent] = []
        var last = seq
        var (entryCount, byteCount) = (0, 0)
        let end = ContinuousClock.now + Self.pieceTimeMax
        do throws(LedgerFault) {
            try store.follow(after: seq) { entry throws(LedgerFault) in
                last = entry.seq
                entryCount += 1
                byteCount += entry.changes.reduce(0) { $0 + $1.byteCount }
                if let json = try Past.feed(entry, in: store, seenBy: sight) {
                    events.append(
                        ServerSentEvent(id: String(entry.seq), event: "entry", data: JSONWriter.encode(json)))
                }
                return entryCount < entriesMax && byteCount < Self.pieceBytesMax && ContinuousClock.now < end
            }
        } catch {
            throw Problem(error)
        }
        return (events, last)
    }

    private static func start(_ request: borrowing Request, upTo newest: Int64) throws(Problem) -> Int64? {
        var start: Int64?
        var faults: [Fault] = []
        for item in try request.queryItems() {
            if item.name == "after" {
                start = Int64(item.value)
                if start.map({ $0 < 0 }) ?? true {
                    faults.append(Fault("after", "must be the seq of an entry, such as 0"))
                }
            } else {
                faults.append(Fault(item.name, "there is no such parameter here; there is after"))
            }
        }
        guard faults.isEmpty else { throw Problem(queryFaults: faults) }
        // Who comes again says where it was, whatever the address says.
        guard let last = request.field(.lastEventID) else {
            if let start { try Past.demand(start, upTo: newest, at: "after") }
            return start
        }
        guard let seq = Int64(last), seq >= 0 else {
            throw Problem(.badRequest, detail: "Last-Event-ID must be the id of an event, such as 17.")
        }
        try Past.demand(seq, upTo: newest, at: "Last-Event-ID")
        return seq
    }
}

extension Change {
    /// How many bytes the record has that it made.
    fileprivate var byteCount: Int {
        guard case .stands(let encoded) = state else { return 0 }
        return encoded.count
    }
}

extension HTTPField.Name {
    static let lastEventID = token("Last-Event-ID")
}
