internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Ledger
internal import Store

/// What the ledger remembers: the feed of changes, and each record's versions.
struct Past: Sendable {
    let service: Service

    // MARK: The feed

    /// `GET /v1/changes?after=SEQ&limit=50`: entries in order, each with what it changed.
    func changes(_ request: borrowing Request) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        let sight = Sight(of: author, in: service.store.view)
        let (place, limit) = try Self.page(try request.queryItems(), isFeed: true)
        let (store, form) = (service.store, AnswerForm(of: request))
        return service.offLoop(request) { () throws(Problem) in
            let newest = store.view.seq
            if let place { try Self.demand(place.seq, upTo: newest, at: "after") }
            var data: [JSON] = []
            var last = place?.seq ?? 0
            var changeCount = 0
            do throws(LedgerFault) {
                try store.follow(after: last) { entry throws(LedgerFault) in
                    last = entry.seq
                    if let json = try Self.feed(entry, in: store, seenBy: sight) { data.append(json) }
                    changeCount += entry.changes.count
                    return data.count < limit && changeCount < Self.changesMax
                }
            } catch {
                throw Problem(error)
            }
            // The feed has no end: this address has what comes next, now or later.
            let list: JSON = [
                "data": .array(data), "next": .string("/v1/changes?after=\(last)&limit=\(limit)"),
                "newest": .integer(newest),
            ]
            return .list(list, as: form)
        }
    }

    /// Refuses a place that the ledger has not come to: who follows another one, or one that was put back to an older
    /// copy, would wait for it and miss all before it.
    static func demand(_ seq: Int64, upTo newest: Int64, at name: String) throws(Problem) {
        guard seq > newest else { return }
        throw Problem(
            queryFaults: [
                Fault(
                    name, "is \(seq), and the newest entry is \(newest): this is another ledger or an older copy of it")
            ])
    }

    /// After how many changes a page of the feed ends, however few entries they are of: an import's change many records.
    private static let changesMax = 1000

    /// An entry as the feed tells it; `nil` where it changed nothing that has an address and is seen.
    static func feed(_ entry: Entry, in store: Store, seenBy sight: Sight) throws(LedgerFault) -> JSON? {
        let changes = try changes(of: entry, in: store, seenBy: sight)
        // Not by `?:`, where `nil` would be JSON's null.
        guard !changes.isEmpty else { return nil }
        return json(entry, [.init("changes", .array(changes))])
    }

    /// What an entry changed that has an address and is seen.
    private static func changes(
        of entry: Entry, in store: Store, seenBy sight: Sight
    ) throws(LedgerFault) -> [JSON] {
        var changes: [JSON] = []
        for (number, change) in entry.changes.enumerated() {
            guard let schema = Resources.all.first(where: { $0.schema.name == change.resource })?.schema,
                let id = change.recordID(of: schema)
            else { continue }
            // A record that one entry changed twice stood before the second change as after the first.
            var before = entry.changes[..<number].last {
                $0.resource == change.resource && $0.recordID(of: schema) == id
            }
            .map { Store.Version(entry: entry, change: $0) }
            if before == nil, let was = change.was { before = try version(of: schema, id, from: was, in: store) }
            let version = Store.Version(entry: entry, change: change)
            let members: [JSON.Member]
            switch sight.isAll ? .all : share(of: version, before: before, schema, id, in: store, seenBy: sight) {
            case .all: members = Self.members(of: version, before: before)
            case .leaving: members = Self.members(ofGone: "hidden")
            case .none: continue
            }
            changes.append(
                .object(
                    [
                        .init("id", .string("\(entry.seq).\(number)")), .init("resource", .string(change.resource)),
                        .init("record_id", .string(schema.text(id))),
                    ] + members))
        }
        return changes
    }

    /// What a reader is told of a change: all, that the record has left what the reader sees, or nothing.
    private enum Share {
        case all
        case leaving
        case none
    }

    private static func share(
        of version: Store.Version, before: Store.Version?, _ schema: Schema, _ id: Identifier, in store: Store,
        seenBy sight: Sight
    ) -> Share {
        if isSeen(id, of: schema, by: sight, in: store) { return .all }
        let ever = RecordsEver(store: store, view: store.view)
        guard let before = before?.record(of: schema), sight.sees(before, in: ever) else { return .none }
        return version.record(of: schema).map { sight.sees($0, in: ever) } ?? true ? .none : .leaving
    }

    /// The version that an entry made, or `nil` where that is no longer kept: what came after it is told for all that.
    private static func version(
        of schema: Schema, _ id: Identifier, from seq: Int64, in store: Store
    ) throws(LedgerFault) -> Store.Version? {
        var found: Store.Version?
        do throws(LedgerFault) {
            try store.versions(schema, id, from: seq) { version in
                found = version
                return false
            }
        } catch {
            guard error.nextKept != nil else { throw error }
            return nil
        }
        return found
    }

    // MARK: Versions

    /// `GET /v1/{resource}/{id}/history`: the versions of a record, the newest first, who made them and what changed.
    func history(of schema: Schema) -> @Sendable (borrowing Request) throws(Problem) -> Response {
        { request throws(Problem) in
            let sight = try service.permissions.sight(of: request, reading: schema.name)
            let (place, limit) = try Self.page(try request.queryItems(), isFeed: false)
            let text = request.parameter("id")
            let (store, form) = (service.store, AnswerForm(of: request))
            guard let id = Identifier(text, prefix: schema.prefix), let newest = store.lastChange(schema, id) else {
                throw Problem(.missing(kind: schema.prefix, id: text))
            }
            return service.offLoop(request) { () throws(Problem) in
                let shown = place?.shown ?? 0
                guard Self.isSeen(id, of: schema, by: sight, in: store) else {
                    throw Problem(.missing(kind: schema.prefix, id: text))
                }
                // Nothing of it is there, which is not to say that it is forgotten.
                guard place?.seq ?? 0 <= newest else {
                    return .list(["data": [], "next": nil, "forgotten_before": nil], as: form)
                }
                let versions = try Self.versions(
                    of: schema, id, from: place?.seq ?? newest, count: shown + limit + 1, in: store)
                let all = versions.all
                let data = all.indices.dropFirst(shown).prefix(limit).map { index in
                    let before = index + 1 < all.count ? all[index + 1] : nil
                    return Self.json(all[index].entry, Self.members(of: all[index], before: before))
                }
                let next = all.count > shown + limit ? Place(of: all, at: shown + limit) : nil
                let list: JSON = [
                    "data": .array(data),
                    "next": next.map { .string("/v1/\(schema.name)/\(text)/history?after=\($0)&limit=\(limit)") }
                        ?? .null,
                    "forgotten_before": versions.forgottenBefore.map { .integer($0) } ?? .null,
                ]
                return .list(list, as: form)
            }
        }
    }

    /// Whether a record is seen as it is now, or as it was last where it is gone: who owns it may have changed since.
    static func isSeen(_ id: Identifier, of schema: Schema, by sight: Sight, in store: Store) -> Bool {
        if sight.isAll { return true }
        let view = store.view
        if let record = view.record(schema.name, id) { return sight.sees(record, in: view) }
        let ever = RecordsEver(store: store, view: view)
        return ever.record(schema.name, id).map { sight.sees($0, in: ever) } ?? false
    }

    /// Versions, the newest first, as far as they are kept.
    static func versions(
        of schema: Schema, _ id: Identifier, from seq: Int64, count: Int, in store: Store
    ) throws(Problem) -> (all: [Store.Version], forgottenBefore: Int64?) {
        var all: [Store.Version] = []
        do throws(LedgerFault) {
            try store.versions(schema, id, from: seq) { version in
                all.append(version)
                return all.count < count
            }
        } catch {
            guard let first = error.nextKept else { throw Problem(error) }
            return (all, first)
        }
        return (all, nil)
    }

    // MARK: Parts

    private static func json(_ entry: Entry, _ members: [JSON.Member]) -> JSON {
        .object(
            [
                .init("seq", .integer(entry.seq)), .init("at", .string(entry.at)), .init("actor", .string(entry.actor)),
                .init("request", .string(entry.request)),
            ] + members)
    }

    /// What a change did: `created`, `changed`, `erased`, `deleted` or `restored`, which members, and what they were.
    static func members(of version: Store.Version, before: Store.Version?) -> [JSON.Member] {
        guard let record = version.record else { return members(ofGone: version.entry.erases ? "erased" : "deleted") }
        let action = action(of: version, before: before)
        let members = record.members ?? []
        let isNew = ["created", "restored"].contains(action)
        let previous = isNew ? [] : before?.record?.members.map { Self.previous(members, $0) }
        return [
            .init("action", .string(action)), .init("version", .integer(version.number)),
            // What is no longer kept nobody can compare with.
            .init("changed", previous.map { .array($0.map { .string($0.name) }) } ?? .null),
            .init("previous", previous.map { .object($0) } ?? .null), .init("record", record),
        ]
    }

    /// A tombstone.
    private static func members(ofGone action: String) -> [JSON.Member] {
        [.init("action", .string(action)), .init("changed", []), .init("previous", [:]), .init("record", .null)]
    }

    private static func action(of version: Store.Version, before: Store.Version?) -> String {
        if version.number == 1 { return "created" }
        if version.entry.erases { return "erased" }
        // Only what stood before can come back.
        if let before, before.encoded == nil { return "restored" }
        return "changed"
    }

    /// What the members were that have changed, `null` where one was not there; one that is there no more has changed too.
    private static func previous(_ new: [JSON.Member], _ old: [JSON.Member]) -> [JSON.Member] {
        let gone = old.filter { member in !new.contains { $0.name == member.name } }
        let changed = new.compactMap { member -> JSON.Member? in
            let before = old.first { $0.name == member.name } ?? .init(member.name, .null)
            return before.value == member.value ? nil : before
        }
        return changed + gone
    }

    /// Where a page begins: an entry, and how many of its versions of the record are shown already.
    ///
    /// One entry can change a record several times, and a page can end between two of them.
    private struct Place: CustomStringConvertible {
        let seq: Int64
        var shown = 0

        /// An entry's number, and behind a point how many are shown.
        init?(_ text: String) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            let numbers = parts.compactMap { part in part.first == "+" ? nil : Int64(part) }
            guard numbers.count == parts.count, numbers.count <= 2, numbers.allSatisfy({ $0 >= 0 }) else { return nil }
            seq = numbers[0]
            // Far more than any entry has.
            shown = numbers.count == 2 ? Int(min(numbers[1], 1 << 32)) : 0
        }

        /// The place of one of the versions of a record, the newest first.
        init(of versions: [Store.Version], at index: Int) {
            let seq = versions[index].entry.seq
            self.seq = seq
            shown = versions[..<index].count { $0.entry.seq == seq }
        }

        var description: String { shown == 0 ? "\(seq)" : "\(seq).\(shown)" }
    }

    private static func page(
        _ items: [QueryItem], isFeed: Bool
    ) throws(Problem) -> (place: Place?, limit: Int) {
        var place: Place?
        var limit = 50
        var faults: [Fault] = []
        for item in items {
            switch item.name {
            case "after":
                place = Place(item.value)
                if place == nil || isFeed && item.value.contains(".") {
                    faults.append(Fault("after", "must be the seq of an entry, such as \(isFeed ? "0" : "17")"))
                }
            case "limit":
                limit = Int(item.value) ?? 0
                if !(1...500).contains(limit) { faults.append(Fault("limit", "must be a number from 1 to 500")) }
            default: faults.append(Fault(item.name, "there is no such parameter here; there are after, limit"))
            }
        }
        guard faults.isEmpty else { throw Problem(queryFaults: faults) }
        return (place, limit)
    }
}

extension Store.Version {
    /// The record's JSON, or `nil` where it is gone.
    var encoded: [UInt8]? {
        guard case .stands(let encoded) = change.state else { return nil }
        return encoded
    }

    /// The record, or `nil` where it is gone.
    var record: JSON? {
        guard let encoded else { return nil }
        do throws(JSONFault) { return try JSONParser.parse(encoded) } catch { return nil }
    }

    /// The record's `version`; 0 where it is gone.
    var number: Int64 { record?["version"]?.wholeNumber ?? 0 }
}
