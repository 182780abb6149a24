internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Ledger
internal import Metrics
internal import Store

extension Problem {
    /// The one place where a refusal becomes a status.
    init(_ refusal: Refusal) {
        switch refusal {
        case .invalid(let faults):
            self.init(
                .unprocessableContent, title: "Not valid", detail: Self.sentence(faults),
                members: [.init("errors", Self.errors(faults, place: "pointer"))])
        case .missing(let kind, let id):
            self.init(.notFound, title: "No such record", detail: "There is no \(kind) \(id).")
        case .conflict(let rule, let state):
            self.init(
                .conflict, title: "A rule refuses", detail: Self.capitalized(rule) + ".",
                members: state.isEmpty ? [] : [.init("current", .object(state))])
        case .forbidden(let reason, let roles):
            self.init(
                .forbidden, title: "Not allowed",
                detail:
                    "\(Self.capitalized(reason)); \(roles.count > 1 ? "one of " : "")\(roles.joined(separator: ", ")) could.",
                members: [.init("roles", .array(roles.map { .string($0) }))])
        case .reusedKey:
            self.init(
                .unprocessableContent, title: "Key used before",
                detail: "This Idempotency-Key was given with another request: send the same request, or a new key.")
        case .stale(let version?, let operation):
            let record = operation.map { "The record of operation \($0)" } ?? "The record"
            let place = operation.map { [JSON.Member("operation", .integer(Int64($0)))] } ?? []
            self.init(
                .preconditionFailed, title: "Changed meanwhile",
                detail: "\(record) is at version \(version) now: read it again, and send its ETag in If-Match.",
                members: [.init("current", .object([.init("version", .integer(version))] + place))])
        case .stale(nil, _):
            self.init(
                .preconditionFailed, title: "Not there",
                detail: "If-Match demands a record that is there already, and none has this key.")
        }
    }

    /// Nothing can be written; why is for the log and the health answer.
    init(_ fault: StoreFault) {
        guard !fault.isOutcomeUnknown else {
            self.init(
                .serviceUnavailable, title: "Not known",
                detail: "The disk failed while this was written, so only the next start tells whether it was; "
                    + "/health says more.",
                members: [.init("outcome", "unknown")])
            return
        }
        self.init(
            .serviceUnavailable, title: "Not written",
            detail:
                "Nothing was changed: the ledger takes no entries (\(fault.reason)). /health says when it does again.",
            fields: [.retryAfter: "5"])
    }

    /// The same of a request of many rows, of which those that the report tells of were taken before.
    func after(_ report: ImportReport) -> Problem {
        var problem = self
        problem.detail += " \(report.created) rows were made before it, as report says."
        problem.members.append(.init("report", report.json))
        return problem
    }

    /// Why the past cannot be told.
    init(_ fault: LedgerFault) {
        switch fault {
        case .forgotten(let first):
            self.init(
                .gone, title: "No longer kept", detail: "Entries before \(first) are no longer kept.",
                members: [.init("first", .integer(first))])
        case .lost(_, let first):
            self.init(
                .gone, title: "Lost", detail: Self.capitalized("\(fault)."), members: [.init("first", .integer(first))])
        default:
            self.init(
                .internalServerError, title: "The ledger could not be read",
                detail: "The ledger could not be read: \(fault).")
        }
    }

    /// A figure that cannot be.
    init(_ fault: MetricFault) {
        switch fault {
        case .noRate(let from, let to, let day):
            let on = day.map { " on \($0) or before" } ?? ""
            self.init(
                .conflict, title: "No exchange rate",
                detail:
                    "Amounts in \(from) and \(to) are not added without an exchange rate from \(from) to \(to)\(on): "
                    + "post one to /v1/exchange_rates, and say the company's base_currency in /v1/settings.",
                members: [
                    .init(
                        "current",
                        ["from": .string(from), "to": .string(to), "on": day.map { .string($0) } ?? .null])
                ])
        case .tooManyGroups(let count):
            self.init(
                .badRequest, title: "Too many groups",
                detail:
                    "The answer would have \(count) groups, and at most 100000 are told: narrow the period or cut it otherwise."
            )
        case .oneSided(let narrowed, let others, let dimensions):
            let instead = dimensions.isEmpty ? "" : ": narrow it by \(dimensions.joined(separator: ", "))"
            self.init(
                .badRequest, title: "Narrowed on one side",
                detail:
                    "The filter narrows \(narrowed.isEmpty ? "nothing" : narrowed.joined(separator: " and ")) and not "
                    + "\(others.joined(separator: " or ")), which the figure is made of as well, so that its parts would be of "
                    + "different sets\(instead).")
        case .needsPeriod(let reason): self.init(queryFaults: [Fault("from", "\(reason): say from and to")])
        case .notEnough(let reason):
            self.init(
                .conflict, title: "Not enough to tell", detail: "\(reason.prefix(1).uppercased() + reason.dropFirst())."
            )
        }
    }

    /// Query parameters that are not understood, all at once.
    init(queryFaults faults: [Fault]) {
        self.init(
            .badRequest, title: "Query not understood", detail: Self.sentence(faults),
            members: [.init("errors", Self.errors(faults, place: "parameter"))])
    }

    private static func capitalized(_ words: String) -> String { words.prefix(1).uppercased() + words.dropFirst() }

    private static func sentence(_ faults: [Fault]) -> String {
        guard let first = faults.first else { return "" }
        let start = first.pointer.isEmpty ? "The body \(first.detail)" : "\(first.pointer): \(first.detail)"
        return faults.count == 1 ? start + (start.hasSuffix("?") ? "" : ".") : "\(start); and \(faults.count - 1) more."
    }

    /// Faults as a problem lists them.
    static func errors(_ faults: [Fault], place: String) -> JSON {
        .array(
            faults.map { fault in
                .object([.init(place, .string(fault.pointer)), .init("detail", .string(fault.detail))])
            })
    }
}

extension Request {
    /// Refuses a query where none is taken.
    ///
    /// - Throws: 400 with every parameter in it.
    borrowing func demandNoQuery() throws(Problem) {
        guard hasQuery, case let items = try queryItems(), !items.isEmpty else { return }
        throw Problem(queryFaults: items.map { Fault($0.name, "there is no such parameter here: none is taken") })
    }
}
