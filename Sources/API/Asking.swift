internal import Domain
internal import HTTPServer
internal import Metrics
internal import Store

/// A metric's query parameters, understood.
struct Asking {
    var question: Question
    private(set) var limit = 50
    private(set) var offset = 0
    private let items: [QueryItem]

    /// Reads the items.
    ///
    /// - Throws: 400 with every item that is not understood, naming what there is.
    init(
        _ items: [QueryItem], of dimensions: [Dimension], bases: [Question.Basis], isState: Bool,
        parameters: [String], isList: Bool, now: Instant
    ) throws(Problem) {
        self.items = items
        question = Question(asOf: now)
        var faults: [Fault] = []
        // The zone decides where the days of the other items begin.
        for item in items where item.name == "tz" { readZone(item, &faults) }
        for item in items where item.name != "tz" {
            let isKnown =
                readCommon(item, bases, isState: isState, now: now, &faults)
                || readList(item, isList: isList, &faults) || readGroup(item, dimensions, &faults)
                || parameters.contains(item.name) && readSpecial(item, &faults)
                || readFilter(item, dimensions)
            if !isKnown {
                let period = isState ? ["as_of"] : ["from", "to", "as_of", "basis"]
                let names =
                    period + ["tz", "group_by"] + parameters + dimensions.map(\.rawValue)
                    + (isList ? ["limit", "after"] : [])
                let hint = Spelling.nearest(to: item.name, among: names).map { "; did you mean \($0)?" }
                faults.append(
                    Fault(
                        item.name,
                        "there is no such parameter here" + (hint ?? "; there are \(names.joined(separator: ", "))")))
            }
        }
        if let from = question.from, let to = question.to, from > to {
            faults.append(Fault("to", "must not be before from"))
        }
        guard faults.isEmpty else { throw Problem(queryFaults: faults) }
    }

    /// The address of the rows behind a figure, or behind one group of it.
    func rowsAddress(_ metric: String, _ narrowing: [(name: String, key: String?)]) -> String {
        let kept = items.filter { item in
            !["group_by", "as_of", "limit", "after"].contains(item.name) && !narrowing.contains { $0.name == item.name }
        }
        // The instant is pinned, so that the rows are those that were counted.
        let pinned = [QueryItem(name: "as_of", value: question.asOf.description)]
        let narrowed = narrowing.map { QueryItem(name: $0.name, value: $0.key ?? "null") }
        return address("/v1/metrics/\(metric)/rows", kept + narrowed + pinned)
    }

    /// The address of the rows that follow.
    func nextAddress(_ metric: String, offset: Int) -> String {
        let kept = items.filter { !["as_of", "after"].contains($0.name) }
        let pinned = [
            QueryItem(name: "as_of", value: question.asOf.description), QueryItem(name: "after", value: String(offset)),
        ]
        return address("/v1/metrics/\(metric)/rows", kept + pinned)
    }

    private func address(_ path: String, _ items: [QueryItem]) -> String {
        path + "?" + items.map { "\(QueryText.encode($0.name))=\(QueryText.encode($0.value))" }.joined(separator: "&")
    }

    // MARK: Items

    private mutating func readZone(_ item: QueryItem, _ faults: inout [Fault]) {
        guard let zone = Zone(item.value) else {
            faults.append(Fault("tz", "must be an IANA time zone such as Europe/Berlin"))
            return
        }
        question.zone = zone
    }

    private mutating func readCommon(
        _ item: QueryItem, _ bases: [Question.Basis], isState: Bool, now: Instant, _ faults: inout [Fault]
    ) -> Bool {
        switch item.name {
        case "from" where !isState: question.from = instant(item, &faults)
        case "to" where !isState: question.to = instant(item, &faults)
        case "from", "to":
            faults.append(Fault(item.name, "this figure is a state at one instant: ask with as_of"))
        case "as_of":
            guard let asOf = instant(item, &faults) else { return true }
            if asOf > now { faults.append(Fault("as_of", "must not be in the future; it is \(now) now")) }
            question.asOf = asOf
        case "basis" where !isState:
            guard let basis = Question.Basis(rawValue: item.value), bases.contains(basis) else {
                faults.append(Fault("basis", "must be \(bases.map(\.rawValue).joined(separator: " or "))"))
                return true
            }
            question.basis = basis
        default: return false
        }
        return true
    }

    private mutating func readList(_ item: QueryItem, isList: Bool, _ faults: inout [Fault]) -> Bool {
        switch item.name {
        case "limit" where isList:
            guard let limit = Int(item.value), (1...500).contains(limit) else {
                faults.append(Fault("limit", "must be a number from 1 to 500"))
                return true
            }
            self.limit = limit
        case "after" where isList:
            guard let offset = Int(item.value), offset >= 0 else {
                faults.append(Fault("after", "is no cursor of these rows; take the address in next as it is"))
                return true
            }
            self.offset = offset
        default: return false
        }
        return true
    }

    private mutating func readGroup(_ item: QueryItem, _ dimensions: [Dimension], _ faults: inout [Fault]) -> Bool {
        guard item.name == "group_by" else { return false }
        let names = item.value.split(separator: ",").map(String.init)
        for name in names {
            guard let dimension = Dimension(rawValue: name), dimensions.contains(dimension) else {
                let known = dimensions.map(\.rawValue).joined(separator: ", ")
                faults.append(Fault("group_by", "there is no \(name) here; there are \(known)"))
                continue
            }
            question.groupBy.append(dimension)
        }
        if names.isEmpty || names.count > 2 || Set(names).count != names.count {
            faults.append(Fault("group_by", "takes one or two different dimensions"))
        }
        if question.groupBy.filter(\.isTime).count > 1 {
            faults.append(Fault("group_by", "takes one dimension of time"))
        }
        return true
    }

    private mutating func readFilter(_ item: QueryItem, _ dimensions: [Dimension]) -> Bool {
        guard let dimension = Dimension(rawValue: item.name), dimensions.contains(dimension) else { return false }
        question.filters.append((dimension, item.value == "null" ? nil : item.value))
        return true
    }

    private mutating func readSpecial(_ item: QueryItem, _ faults: inout [Fault]) -> Bool {
        switch item.name {
        case "weight":
            question.isWeighedByAmount = item.value == "amount"
            if !["amount", "count"].contains(item.value) { faults.append(Fault("weight", "must be count or amount")) }
        case "within":
            let digits = item.value.dropLast()
            guard item.value.hasSuffix("d"), let days = Int64(digits), (1...36_500).contains(days) else {
                faults.append(Fault("within", "must be a number of days such as 30d"))
                return true
            }
            question.withinMilliseconds = days * Instant.dayMilliseconds
        default: readStage(item, &faults)
        }
        return true
    }

    private mutating func readStage(_ item: QueryItem, _ faults: inout [Fault]) {
        guard let stage = Stage(rawValue: item.value) else {
            let names = Stage.allCases.map(\.rawValue).joined(separator: ", ")
            faults.append(Fault(item.name, "must be one of \(names)"))
            return
        }
        if item.name == "from_stage" { question.fromStage = stage } else { question.toStage = stage }
    }

    /// A time, or a day, which begins at midnight of the zone.
    private func instant(_ item: QueryItem, _ faults: inout [Fault]) -> Instant? {
        if let day = Day(item.value) { return question.zone.start(of: day) }
        if let instant = Instant(item.value) { return instant }
        faults.append(Fault(item.name, "must be a time such as 2026-01-31T09:00:00Z, or a date"))
        return nil
    }
}
