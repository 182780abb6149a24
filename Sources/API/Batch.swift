internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Store

/// `POST /v1/batch`: several changes as one entry, all of them or none.
///
/// `@0` in a path or a body's text stands for the id of the record that operation 0 made or changed.
struct Batch: Sendable {
    let service: Service

    /// The most operations of one request.
    static let operationsMax = 500
    /// The longest body, in bytes.
    static let bodyBytesMax = 8 << 20

    /// Does all of them.
    func run(_ request: borrowing Request) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        let key = try Idempotency.key(of: request, by: author)
        let operations = try Self.operations(try request.json())
        let later = request.later()
        service.store.post(by: author) { transaction throws(Refusal) -> Done in
            if let key, let answer = try AnsweredRequest.find(key, in: transaction) { return .repeated(answer) }
            let results = try Self.run(operations, in: &transaction)
            if let key { AnsweredRequest.keep(key, status: 200, results, isBatch: true, in: &transaction) }
            return .made(results)
        } settled: { [store = service.store] outcome in
            switch outcome {
            case .done(.repeated(let answer), _): Service.answer(later, again: answer, from: store)
            case .done(.made(let results), let seq):
                later.answer(Self.response(results.map { ($0.status, $0.record?.encoded ?? []) }).with(seq: seq))
            case .refused(let refusal): later.answer(Response(Problem(refusal)))
            case .failed(let fault): later.answer(Response(Problem(fault)))
            }
        }
        return .deferred
    }

    /// `{"results": [{"status", "body"}, …]}`, in the order of the operations.
    static func response(_ results: [(status: Int, body: [UInt8])]) -> Response {
        var writer = JSONWriter(capacity: results.reduce(64) { $0 + $1.body.count + 40 })
        writer.object { writer in
            writer.name("results")
            writer.array { writer in
                for result in results {
                    writer.object { writer in
                        writer.member("status", .integer(Int64(result.status)))
                        writer.name("body")
                        if result.body.isEmpty { writer.value(.null) } else { writer.encoded(result.body) }
                    }
                }
            }
        }
        return Response(body: writer.bytes)
    }

    private enum Done: Sendable {
        case made([(status: Int, record: Record?)])
        case repeated(AnsweredRequest.Answer)
    }

    // MARK: Operations

    /// One operation, read and not yet looked up.
    private struct Operation: Sendable {
        let method: String
        let segments: [String]
        let body: JSON
        let condition: Precondition
    }

    private static func operations(_ json: JSON) throws(Problem) -> [Operation] {
        let strangers = (json.members ?? []).filter { $0.name != "operations" }
        guard strangers.isEmpty else {
            throw invalid(strangers.map { Spelling.unknownMember($0.name, among: ["operations"], at: "") })
        }
        guard let elements = json["operations"]?.elements else {
            throw invalid([Fault("/operations", "must be an array of {\"method\", \"path\", \"body\", \"if_match\"}")])
        }
        guard (1...operationsMax).contains(elements.count) else {
            throw invalid([Fault("/operations", "must have 1 to \(operationsMax) operations, not \(elements.count)")])
        }
        var faults: [Fault] = []
        var operations: [Operation] = []
        for (number, element) in elements.enumerated() {
            if let operation = operation(element, number, &faults) { operations.append(operation) }
        }
        guard faults.isEmpty else { throw invalid(faults) }
        return operations
    }

    private static func operation(_ json: JSON, _ number: Int, _ faults: inout [Fault]) -> Operation? {
        let pointer = "/operations/\(number)"
        let count = faults.count
        for member in json.members ?? [] where !["method", "path", "body", "if_match"].contains(member.name) {
            faults.append(
                Spelling.unknownMember(member.name, among: ["method", "path", "body", "if_match"], at: pointer))
        }
        let method = json["method"]?.text ?? ""
        if !["POST", "PATCH", "DELETE"].contains(method) {
            faults.append(Fault("\(pointer)/method", "must be POST, PATCH or DELETE"))
        }
        let path = json["path"]?.text ?? ""
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).map(String.init)
        if !path.hasPrefix("/v1/") || segments.contains("") {
            faults.append(Fault("\(pointer)/path", "must be an address such as /v1/leads or /v1/deals/deal_…/win"))
        }
        if segments.count > 1, segments[1].hasPrefix("@"), !(0..<number).contains(place(of: segments[1]) ?? -1) {
            faults.append(
                Fault(
                    "\(pointer)/path", "has \(segments[1]), and @N must be an operation before this one, counted from 0"
                ))
        }
        var condition = Precondition.none
        if let tag = json["if_match"], tag != .null {
            if let text = tag.text, let read = EntityTag.matching([Array(text.utf8)[...]]) {
                condition = read
            } else {
                faults.append(Fault("\(pointer)/if_match", "must be an ETag such as \"\\\"3\\\"\""))
            }
            if method == "POST", segments.count == 1 {
                faults.append(Fault("\(pointer)/if_match", "must be left out: what is made has no ETag before"))
            }
        }
        guard faults.count == count else { return nil }
        return Operation(method: method, segments: segments, body: json["body"] ?? .object([]), condition: condition)
    }

    private static func run(
        _ operations: [Operation], in transaction: inout Transaction
    ) throws(Refusal) -> [(status: Int, record: Record?)] {
        var results: [(status: Int, record: Record?)] = []
        for (number, operation) in operations.enumerated() {
            do throws(Refusal) {
                results.append(try run(operation, after: results.map { $0.record?.idText }, in: &transaction))
            } catch {
                throw error.ofOperation(number).withoutIDs(
                    of: results.map { $0.status == 201 ? $0.record?.idText : nil })
            }
        }
        return results
    }

    private static func run(
        _ operation: Operation, after ids: [String?], in transaction: inout Transaction
    ) throws(Refusal) -> (status: Int, record: Record?) {
        let segments = operation.segments.map { resolved($0, ids) }
        let body = resolved(operation.body, ids)
        guard let resource = Resources.all.first(where: { $0.schema.name == segments[0] }) else {
            throw .missing(kind: "resource", id: segments[0])
        }
        switch (operation.method, segments.count) {
        case ("POST", 1):
            let last = transaction.lastID
            let record = try Commands.create(resource, body, in: &transaction)
            return (record.id > last ? 201 : 200, record)
        case ("POST", 3):
            guard let action = Action.all.first(where: { $0.resource == segments[0] && $0.name == segments[2] }) else {
                throw .missing(kind: "action of \(segments[0])", id: segments[2])
            }
            let record = try Service.record(resource.schema, segments[1], in: transaction)
            return (
                action.makesRecord ? 201 : 200,
                try action.run(on: record, body, if: operation.condition, in: &transaction)
            )
        case ("PATCH", 2):
            let record = try Service.record(resource.schema, segments[1], in: transaction)
            return (
                200, try Commands.patch(resource, record, body, if: operation.condition, in: &transaction)
            )
        case ("DELETE", 2):
            let record = try Service.record(resource.schema, segments[1], in: transaction)
            try Commands.delete(resource, record, if: operation.condition, in: &transaction)
            return (204, nil)
        default: throw .missing(kind: "operation", id: "\(operation.method) /v1/\(segments.joined(separator: "/"))")
        }
    }

    /// The id that `@N` stands for, or the text as it is.
    private static func resolved(_ text: String, _ ids: [String?]) -> String {
        guard let number = place(of: text), ids.indices.contains(number) else { return text }
        return ids[number] ?? text
    }

    /// The operation that `@N` names; `nil` where the text is none of these.
    private static func place(of text: some StringProtocol) -> Int? {
        guard text.hasPrefix("@"), text.dropFirst().utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        else {
            return nil
        }
        return Int(text.dropFirst())
    }

    private static func resolved(_ json: JSON, _ ids: [String?]) -> JSON {
        switch json {
        case .string(let text): .string(resolved(text, ids))
        case .array(let elements): .array(elements.map { resolved($0, ids) })
        case .object(let members): .object(members.map { .init($0.name, resolved($0.value, ids)) })
        default: json
        }
    }

    private static func invalid(_ faults: [Fault]) -> Problem { Problem(Refusal.invalid(faults)) }
}

extension Refusal {
    /// The refusal with the operation it is of.
    fileprivate func ofOperation(_ number: Int) -> Refusal {
        switch self {
        case .invalid(let faults):
            .invalid(faults.map { Fault("/operations/\(number)/body\($0.pointer)", $0.detail) })
        case .conflict(let rule, let state):
            .conflict(
                rule: "operation \(number): \(rule)", state: state + [.init("operation", .integer(Int64(number)))])
        case .missing(let kind, let id): .missing(kind: kind, id: "\(id) (operation \(number))")
        case .forbidden(let reason, let roles): .forbidden("operation \(number): \(reason)", by: roles)
        case .stale(let version, _): .stale(version: version, operation: number)
        case .reusedKey: self
        }
    }

    /// The refusal with `@N`, as paths have it, in place of the ids of what was made before it and is not there.
    fileprivate func withoutIDs(of made: [String?]) -> Refusal {
        func named(_ text: String) -> String {
            made.indices.reduce(text) { text, number in
                made[number].map { text.replacing($0, with: "@\(number)") } ?? text
            }
        }
        func named(_ json: JSON) -> JSON {
            switch json {
            case .string(let text): .string(named(text))
            case .array(let elements): .array(elements.map(named))
            case .object(let members): .object(members.map { .init($0.name, named($0.value)) })
            default: json
            }
        }
        return switch self {
        case .invalid(let faults): .invalid(faults.map { Fault($0.pointer, named($0.detail)) })
        case .conflict(let rule, let state):
            .conflict(rule: named(rule), state: state.map { .init($0.name, named($0.value)) })
        case .missing(let kind, let id): .missing(kind: kind, id: named(id))
        case .forbidden(let reason, let roles): .forbidden(named(reason), by: roles)
        case .stale, .reusedKey: self
        }
    }
}
