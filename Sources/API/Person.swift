internal import Dispatch
internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Ledger
internal import Metrics
internal import Store

/// What a person may demand of whoever holds their data: all of it, or that it goes (GDPR articles 15 and 17).
struct Person: Sendable {
    let service: Service

    /// Looking through the journal takes a while: one export goes on at a time, and figures have their own threads.
    private static let exports = DispatchQueue(label: "exports")

    /// `GET /v1/leads/{id}/export`: all that is held about a lead, also one that is gone: what it and who was merged into it
    /// were, what refers to them, and what no longer does or was something else.
    func export(_ request: borrowing Request) throws(Problem) -> Response {
        let (store, schema) = (service.store, Lead.schema)
        let sight = try service.permissions.sight(of: request, reading: schema.name)
        try service.permissions.demandReading(Self.resourcesAboutLeads.map(\.name), request)
        let text = request.parameter("id")
        guard let id = Identifier(text, prefix: schema.prefix), store.lastChange(schema, id) != nil else {
            throw Problem(.missing(kind: schema.prefix, id: text))
        }
        return service.offLoop(request, on: Self.exports) { () throws(Problem) in
            let view = store.view
            guard let newest = view.lastChange(schema, id),
                Past.isSeen(id, of: schema, by: sight, in: store)
            else {
                throw Problem(.missing(kind: schema.prefix, id: text))
            }
            var versions = try Past.versions(of: schema, id, from: newest, count: .max, in: store).all
            // Who was merged into the person is the person.
            let merged = versions.lazy.compactMap { $0.record(of: schema) }.first?["merged_ids"].elements ?? []
            let persons = [id] + merged.compactMap { $0.text.flatMap { Identifier($0, prefix: schema.prefix) } }
            for person in persons.dropFirst() {
                guard let last = view.lastChange(schema, person) else { continue }
                versions += try Past.versions(of: schema, person, from: last, count: .max, in: store).all
            }
            let former = try Self.formerVersions(naming: persons, in: view, of: store, seenBy: sight)
            return .json(
                .object(
                    [
                        .init("lead", try view.record(schema.name, id).map(Self.json) ?? .null),
                        .init("versions", .array(versions.compactMap(\.record))),
                    ] + (try Self.records(about: persons, in: view)) + [.init("former", .array(former))]))
        }
    }

    private static let resourcesAboutLeads = Resources.all.map { $0.schema }.filter { schema in
        !schema.references(to: Lead.schema.name).isEmpty || !schema.personPaths.isEmpty
    }

    /// Where a merge names whom it holds beside both that it made one: it is theirs.
    private static let pathOfOthers = "holds"

    /// Every record that refers to some leads, themselves apart, or to a deal with one of them alone, resource by resource.
    private static func records(about persons: [Identifier], in view: View) throws(Problem) -> [JSON.Member] {
        var members: [JSON.Member] = []
        let ofDeals = persons.flatMap { Erasure.records(ofDealsWith: $0, in: view) }
        for schema in Self.resourcesAboutLeads {
            var found: [JSON] = []
            var seen: Set<Identifier> = []
            let places = persons.flatMap { person in
                schema.references(to: Lead.schema.name).map { ($0, IndexValue.identifier(person)) }
                    + schema.personPaths.filter { $0 != pathOfOthers }
                    .map { ($0, IndexValue.text(Lead.schema.text(person))) }
            }
            for (path, value) in places {
                for record in view.records(schema.name, where: path, is: value)
                where !persons.contains(record.id) && seen.insert(record.id).inserted {
                    found.append(try json(record, of: persons))
                }
            }
            for record in ofDeals where record.schema.name == schema.name { found.append(try json(record)) }
            if !found.isEmpty { members.append(.init(schema.name, .array(found))) }
        }
        return members
    }

    /// What named some leads and stands no longer as it was, the oldest first.
    private static func formerVersions(
        naming persons: [Identifier], in view: View, of store: Store, seenBy sight: Sight
    ) throws(Problem) -> [JSON] {
        let others = ofOthers(persons, in: view)
        let found: [(schema: Schema, version: Store.Version)]
        do throws(LedgerFault) {
            let texts = persons.map { Lead.schema.text($0) }
            found = try store.formerVersions(naming: texts, lent: lent(by: texts, in: view), in: view)
        } catch {
            throw Problem(error)
        }
        return found.compactMap { schema, version in
            guard let id = version.change.recordID(of: schema), !others.contains("\(schema.name)/\(schema.text(id))"),
                // A merge keeps what both were, as it stands.
                schema.name != Merge.schema.name, !schema.isInternal,
                // As it is now, or as it was where it is gone: who owns it may have changed since.
                let record = view.record(schema.name, id) ?? version.record(of: schema),
                sight.isAll || sight.sees(record, in: view)
            else { return nil }
            return [
                "resource": .string(schema.name), "seq": .integer(version.entry.seq), "at": .string(version.entry.at),
                "record": version.record ?? .null,
            ]
        }
    }

    /// What was turned to some leads by a merge and went back when that was taken back, as the merge names it.
    private static func ofOthers(_ persons: [Identifier], in view: View) -> Set<String> {
        let merges = persons.flatMap { view.records(Merge.schema.name, where: "lead_id", is: .identifier($0)) }
        return Set(merges.filter(Merge.isParted).flatMap(Merge.movedAlone(by:)))
    }

    /// What named others for a while in place of some leads, by merges that were taken back: whom.
    private static func lent(by persons: [String], in view: View) -> [String: Set<String>] {
        var lent: [String: Set<String>] = [:]
        var givers = persons.map { (lead: $0, of: nil as Set<String>?) }
        while let giver = givers.popLast() {
            let merges = view.records(Merge.schema.name, where: "from_id", is: .text(giver.lead))
            for merge in merges where Merge.isParted(merge) {
                guard let holder = merge["lead_id"].reference.map(Lead.schema.text) else { continue }
                let moved = merge["moved"].elements.compactMap(\.text).filter { giver.of?.contains($0) ?? true }
                let passed = moved.filter { lent[$0, default: []].insert(holder).inserted }
                // Who held it may have gone by a merge in turn.
                if !passed.isEmpty { givers.append((holder, Set(passed))) }
            }
        }
        return lent
    }

    // MARK: Erasure

    /// `POST /v1/leads/{id}/erase`: blanks the personal data at once, and answers when every older line is blank too.
    func erase(_ request: borrowing Request) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        let id = request.parameter("id")
        guard request.body.isEmpty else { throw Problem(.badRequest, detail: "An erasure takes no body.") }
        let wanted = Wanted(
            id: id, condition: try EntityTag.condition(of: request), author: author,
            key: try Idempotency.key(of: request, by: author))
        let later = request.later()
        guard let (lead, last) = gone(id) else {
            write(wanted, erased: nil, later)
            return .deferred
        }
        // Whether it was erased the ledger alone knows.
        DispatchQueue.global().async {
            do throws(Problem) {
                write(wanted, erased: try wasErased(lead, before: last) ? last : nil, later)
                service.store.flush()
            } catch {
                later.answer(Response(error))
            }
        }
        return .deferred
    }

    /// A lead that is gone, and the last entry that changed it.
    private func gone(_ text: String) -> (lead: Identifier, last: Int64)? {
        let (store, schema) = (service.store, Lead.schema)
        guard let lead = Identifier(text, prefix: schema.prefix), store.view.record(schema.name, lead) == nil else {
            return nil
        }
        return store.lastChange(schema, lead).map { (lead, $0) }
    }

    private struct Wanted: Sendable {
        let id: String
        let condition: Precondition
        let author: Author
        let key: AnsweredRequest.Key?
    }

    /// Whether a lead was erased when, or before, an entry took it away.
    private func wasErased(_ lead: Identifier, before last: Int64) throws(Problem) -> Bool {
        let versions = try Past.versions(of: Lead.schema, lead, from: last, count: 2, in: service.store).all
        return versions.contains { $0.entry.erases || $0.record?["erased_at"]?.text != nil }
    }

    /// What a command came to.
    private enum Written: Sendable {
        case erased(Erasure.Remains)
        case repeated(AnsweredRequest.Answer)
    }

    private func write(_ wanted: Wanted, erased: Int64?, _ later: Deferred) {
        service.store.write(by: wanted.author) { transaction throws(Refusal) -> Written in
            if let key = wanted.key, let answer = try AnsweredRequest.find(key, in: transaction) {
                return .repeated(answer)
            }
            let remains = try Erasure.erase(wanted.id, if: wanted.condition, erased: erased, in: &transaction)
            if let key = wanted.key { Self.keep(key, remains, in: &transaction) }
            return .erased(remains)
        } settled: { [store = service.store, facts = service.facts] outcome in
            // Past states that are kept for questions know the person still.
            facts.forgetPast()
            switch outcome {
            // Not on this thread, which all commands wait for.
            case .done(.repeated(let answer), _):
                DispatchQueue.global().async { later.answer(Self.finish(store, wanted.id, again: answer)) }
            case .done(.erased(let remains), let seq):
                DispatchQueue.global().async {
                    later.answer(Self.finish(store, through: seq, wanted.id, remains).with(seq: seq))
                }
            case .refused(let refusal): later.answer(Response(Problem(refusal)))
            case .failed(let fault): later.answer(Response(Problem(fault)))
            }
        }
    }

    private static func keep(
        _ key: AnsweredRequest.Key, _ remains: Erasure.Remains, in transaction: inout Transaction
    ) {
        switch remains {
        case .blank(let lead):
            AnsweredRequest.keep(key, status: 200, [(200, lead)], in: &transaction)
        case .nothing(let lead):
            let body = String(decoding: JSONWriter.encode(json(lead)), as: UTF8.self)
            AnsweredRequest.keep(key, status: 200, body: body + "\n", in: &transaction)
        }
    }

    private static func finish(
        _ store: Store, through seq: Int64, _ id: String, _ remains: Erasure.Remains
    ) -> Response {
        do throws(LedgerFault) { try store.finishErasures(through: seq) } catch { return unfinished(id, error) }
        return switch remains {
        case .blank(let lead): Service.response(of: lead)
        case .nothing(let lead): .json(json(lead))
        }
    }

    /// What was done before may have been left half done.
    private static func finish(_ store: Store, _ id: String, again answer: AnsweredRequest.Answer) -> Response {
        do throws(LedgerFault) { try store.finishErasures(through: answer.seq) } catch { return unfinished(id, error) }
        do throws(Problem) { return try Idempotency.response(of: answer, from: store) } catch { return Response(error) }
    }

    /// A lead of which nothing is left but that it was.
    private static func json(_ gone: Identifier) -> JSON {
        ["id": .string(Lead.schema.text(gone)), "deleted": true]
    }

    /// It is blank from now on, and its past is not yet.
    private static func unfinished(_ id: String, _ fault: LedgerFault) -> Response {
        Response(
            Problem(
                .serviceUnavailable, title: "Erased, its past not yet",
                detail: "The lead is blank. Its older versions are still on disk: \(fault). "
                    + "POST /internal/erasures finishes that, and so does the next start.",
                members: [.init("id", .string(id))]))
    }

    /// `POST /internal/erasures`: does what is left to do of erasures.
    func finish(_ request: borrowing Request) throws(Problem) -> Response {
        try service.permissions.demandAdministrator(request)
        let store = service.store
        return service.offLoop(request) { () throws(Problem) in
            do throws(LedgerFault) { try store.finishErasures(through: store.view.seq) } catch {
                throw Problem(
                    .serviceUnavailable, title: "Not yet done",
                    detail: "Older versions of who was erased are still on disk: \(error). Ask again, or start anew.")
            }
            return .json(["status": "done"])
        }
    }

    private static func json(_ record: Record) throws(Problem) -> JSON {
        try Request.json(in: record.encoded)
    }

    /// A record about some leads; a merge that was taken back without what is the other's again.
    private static func json(_ record: Record, of persons: [Identifier]) throws(Problem) -> JSON {
        let json = try json(record)
        guard record.schema.name == Merge.schema.name, Merge.isParted(record) else { return json }
        let into = record["lead_id"].reference
        let from = record["from_id"].text.flatMap { Identifier($0, prefix: Lead.schema.prefix) }
        let others =
            (into.map(persons.contains) ?? false ? [] : Merge.ofInto)
            + (from.map(persons.contains) ?? false ? [] : Merge.ofFrom)
        return .object((json.members ?? []).filter { !others.contains($0.name) })
    }
}
