internal import Domain
internal import HTTPServer
internal import Metrics
internal import Store

/// A metric's or report's query parameters, understood.
struct Asking {
    /// What may be asked of one metric or report.
    struct Terms {
        /// How an answer of many rows goes on.
        enum Paging {
            case none
            /// Behind the row that a page ends with.
            case rows
            /// Behind so many, where what is told has no order but by what it comes to.
            case ranks
        }

        let dimensions: [Dimension]
        let bases: [Question.Basis]
        var isState = false
        var parameters: [String] = []
        /// The resources whose fields it can be narrowed by.
        var resources: [Schema] = []
        var compares = false
        /// Whether it is told by group, and narrowed to keys of its dimensions.
        var isGrouped = true
        /// By how many dimensions it is told at most.
        var groupsMax = 2
        var isNarrowed = true
        var paging = Paging.none
        /// Whether money in it can be told in another currency.
        var takesCurrency = true

        /// Whether there is a dimension to tell it by.
        fileprivate var hasGroups: Bool { isGrouped && !dimensions.isEmpty }
    }

    var question: Question
    /// What was recorded before this instant is known; everything where not asked.
    private(set) var knownAt: Instant?
    /// Two instants to tell the difference of.
    private(set) var between: (first: Instant, second: Instant)?
    private(set) var isByLedger = false
    private(set) var limit = 50
    /// The row that the page before ended with.
    private(set) var after: RowCursor?
    private(set) var offset = 0
    /// Whether the asker said as of when.
    private(set) var isPinned = false
    private let items: [QueryItem]

    /// Reads the items.
    ///
    /// - Throws: 400 with every item that is not understood, naming what there is.
    init(_ items: [QueryItem], of terms: Terms, now: Instant, isDifference: Bool = false) throws(Problem) {
        self.items = items
        question = Question(asOf: now.included)
        var faults: [Fault] = []
        // The zone decides where the days of the other items begin.
        for item in items where item.name == "tz" { readZone(item, &faults) }
        for item in items where item.name != "tz" {
            let isKnown =
                readTime(item, terms, now: now, &faults) || readReading(item, terms, &faults)
                || isDifference && readDifference(item, now: now, &faults)
                || readList(item, terms.paging, &faults)
                || terms.hasGroups && readGroup(item, terms, &faults)
                || OptionReading.read(item, of: terms.parameters, into: &question.options, &faults)
                || terms.isNarrowed && readFilter(item, terms, &faults)
                || readCondition(item, terms.resources, &faults)
            if !isKnown { faults.append(Self.unknown(item, terms, isDifference: isDifference)) }
        }
        var seen: Set<String> = []
        for item in items where !seen.insert(item.name).inserted {
            let isList = ["group_by", "between"].contains(item.name)
            faults.append(Fault(item.name, isList ? "is there twice: give both with a comma" : "is there twice"))
        }
        if isDifference { faults += differenceFaults }
        faults += optionFaults(terms)
        if let from = question.from, let to = question.to, from > to {
            faults.append(Fault("to", "must not be before from"))
        }
        if isDifference, between == nil, !faults.contains(where: { $0.pointer == "between" }) {
            faults.append(Fault("between", "is required: two times with a comma, such as 2026-01-01,2026-02-01"))
        }
        if question.comparison != nil, question.from == nil {
            faults.append(Fault("compare", "needs a period: say from, and to where it has ended"))
        }
        guard faults.isEmpty else { throw Problem(queryFaults: faults) }
    }

    private var differenceFaults: [Fault] {
        if isByLedger, knownAt != nil { return [Fault("known_at", "is what between says where clock=ledger")] }
        if !isByLedger, isPinned {
            return [Fault("as_of", "is what between says; with clock=ledger it is one for both")]
        }
        return []
    }

    /// What is asked for and would change nothing.
    private func optionFaults(_ terms: Terms) -> [Fault] {
        var faults: [Fault] = []
        if question.options.withinMilliseconds != nil, question.basis == .event {
            faults.append(Fault("within", "is of basis=cohort: what happened in a period took no time"))
        }
        let hasHalfLife = items.contains { $0.name == "half_life_days" }
        if hasHalfLife, terms.parameters.contains("model"), question.options.model != .timeDecay {
            faults.append(Fault("half_life_days", "is of model=time_decay"))
        }
        return faults
    }

    private static func unknown(_ item: QueryItem, _ terms: Terms, isDifference: Bool) -> Fault {
        let period = terms.isState ? ["as_of"] : ["from", "to", "as_of", "basis"]
        let names =
            period + ["known_at", "tz"] + (terms.takesCurrency ? ["currency"] : [])
            + (terms.hasGroups ? ["group_by"] : [])
            + (terms.compares && !terms.isState ? ["compare"] : [])
            + (isDifference ? ["between", "clock"] : []) + terms.parameters
            + (terms.isNarrowed ? terms.dimensions.map(\.rawValue) : [])
            + (terms.paging == .none ? [] : ["limit", "after"])
        let fields = terms.resources.flatMap(\.filterablePaths)
        // A word that others are told by is not misspelt.
        let isWord = Dimension(rawValue: item.name) != nil
        let hint = isWord ? nil : Spelling.nearest(to: item.name, among: names + fields).map { "; did you mean \($0)?" }
        let others =
            terms.resources.isEmpty ? "" : ", and fields of \(terms.resources.map(\.name).joined(separator: ", "))"
        return Fault(
            item.name,
            (isWord ? "this is not told by \(item.name)" : "there is no such parameter here")
                + (hint ?? "; there are \(names.joined(separator: ", "))\(others)"))
    }

    /// Tells the addresses of the rows behind a figure, and behind each group of it.
    func rowsAddresses(_ metric: String) -> RowsAddresses {
        let left = ["group_by", "as_of", "limit", "after", "compare"]
        // The instant is pinned, so that the rows are those that were counted.
        let pinned = [QueryItem(name: "as_of", value: question.asOf.description)]
        let kept = items.filter { !left.contains($0.name) }
        let dimensions = question.groupBy.map(\.rawValue)
        let path = "/v1/metrics/\(metric)/rows"
        return RowsAddresses(
            whole: address(path, kept + pinned),
            narrowed: address(path, kept.filter { !dimensions.contains($0.name) } + pinned)
        ) { name, key in "&\(name)=\(key.map(QueryText.encode) ?? "null")" }
    }

    /// The address of the rows that follow.
    func nextAddress(_ path: String, after cursor: String) -> String {
        let kept = items.filter { !["as_of", "after"].contains($0.name) }
        // What is told between two instants is as of these.
        let pinned =
            between == nil || isByLedger ? [QueryItem(name: "as_of", value: question.asOf.description)] : []
        return address(path, kept + pinned + [QueryItem(name: "after", value: cursor)])
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

    private mutating func readTime(
        _ item: QueryItem, _ terms: Terms, now: Instant, _ faults: inout [Fault]
    ) -> Bool {
        switch item.name {
        case "from" where !terms.isState: question.from = instant(item, &faults)
        case "to" where !terms.isState: question.to = instant(item, &faults)
        case "from", "to":
            faults.append(Fault(item.name, "this figure is a state at one instant: ask with as_of"))
        case "as_of":
            isPinned = true
            if let asOf = past(item, now: now, &faults) { question.asOf = asOf }
        case "known_at": knownAt = past(item, now: now, &faults)
        default: return false
        }
        return true
    }

    private mutating func readReading(_ item: QueryItem, _ terms: Terms, _ faults: inout [Fault]) -> Bool {
        switch item.name {
        case "basis" where !terms.isState:
            question.basis = word(item, among: terms.bases, &faults)
        case "compare" where terms.compares && !terms.isState:
            question.comparison = word(item, among: Question.Comparison.allCases, &faults)
        case "currency" where terms.takesCurrency:
            question.currency = Currency(item.value)
            if question.currency == nil { faults.append(Fault("currency", "must be an ISO 4217 code such as EUR")) }
        default: return false
        }
        return true
    }

    private func word<Word: RawRepresentable<String>>(
        _ item: QueryItem, among words: [Word], _ faults: inout [Fault]
    ) -> Word? {
        if let word = words.first(where: { $0.rawValue == item.value }) { return word }
        faults.append(Fault(item.name, "must be \(words.map(\.rawValue).joined(separator: " or "))"))
        return nil
    }

    private mutating func readDifference(_ item: QueryItem, now: Instant, _ faults: inout [Fault]) -> Bool {
        switch item.name {
        case "between":
            let times = item.value.split(separator: ",", omittingEmptySubsequences: false).compactMap { text in
                past(QueryItem(name: "between", value: String(text)), now: now, &faults)
            }
            if times.count == 2, times[0] <= times[1] {
                between = (times[0], times[1])
            } else if faults.isEmpty {
                faults.append(Fault("between", "must be two times with a comma, the earlier first"))
            }
        case "clock":
            isByLedger = item.value == "ledger"
            if !["business", "ledger"].contains(item.value) {
                faults.append(Fault("clock", "must be business or ledger"))
            }
        default: return false
        }
        return true
    }

    private mutating func readList(_ item: QueryItem, _ paging: Terms.Paging, _ faults: inout [Fault]) -> Bool {
        if paging == .none { return false }
        switch item.name {
        case "limit":
            guard let limit = Int(item.value), (1...500).contains(limit) else {
                faults.append(Fault("limit", "must be a number from 1 to 500"))
                return true
            }
            self.limit = limit
        case "after":
            let isKnown: Bool
            if paging == .rows {
                after = RowCursor(item.value)
                isKnown = after != nil
            } else {
                let count = Int(item.value) ?? -1
                offset = max(0, count)
                isKnown = count >= 0
            }
            if !isKnown {
                faults.append(Fault("after", "is no cursor of these rows; take the address in next as it is"))
            }
        default: return false
        }
        return true
    }

    private mutating func readGroup(_ item: QueryItem, _ terms: Terms, _ faults: inout [Fault]) -> Bool {
        guard item.name == "group_by" else { return false }
        let dimensions = terms.dimensions
        let names = item.value.split(separator: ",").map(String.init)
        for name in names {
            guard let dimension = Dimension(rawValue: name), dimensions.contains(dimension) else {
                let known = dimensions.map(\.rawValue).joined(separator: ", ")
                faults.append(Fault("group_by", "there is no \(name) here; there are \(known)"))
                continue
            }
            question.groupBy.append(dimension)
        }
        if names.isEmpty || names.count > terms.groupsMax || Set(names).count != names.count {
            faults.append(
                Fault(
                    "group_by", terms.groupsMax == 1 ? "takes one dimension" : "takes one or two different dimensions"))
        }
        if question.groupBy.filter(\.isTime).count > 1 {
            faults.append(Fault("group_by", "takes one dimension of time"))
        }
        return true
    }

    private mutating func readFilter(_ item: QueryItem, _ terms: Terms, _ faults: inout [Fault]) -> Bool {
        guard let dimension = Dimension(rawValue: item.name), terms.dimensions.contains(dimension) else { return false }
        if item.value != "null", let right = dimension.expectation(insteadOf: item.value, of: terms.resources) {
            faults.append(Fault(item.name, "must be \(right), or null"))
        }
        question.filters.append((dimension, item.value == "null" ? nil : item.value))
        return true
    }

    /// A filter of the records behind the figure, as their list takes it.
    private mutating func readCondition(_ item: QueryItem, _ resources: [Schema], _ faults: inout [Fault]) -> Bool {
        var known: [(Schema, Condition)] = []
        var first: [Fault] = []
        for schema in resources {
            var own: [Fault] = []
            if let condition = Condition(name: item.name, value: item.value, of: schema, others: [], &own) {
                known.append((schema, condition))
            } else if first.isEmpty, schema.path(Self.field(item.name)) != nil {
                first = own
            }
        }
        for (schema, condition) in known { question.conditions[schema.name, default: []].append(condition) }
        if !known.isEmpty {
            let having = known.map(\.0.name)
            question.withoutField.formUnion(resources.map(\.name).filter { !having.contains($0) })
        }
        // A field that is there with a value that cannot be is no unknown name.
        if known.isEmpty, !first.isEmpty { faults += first }
        return !known.isEmpty || !first.isEmpty
    }

    /// The name of a field without the operator behind it.
    private static func field(_ name: String) -> String {
        let parts = name.split(separator: ".").map(String.init)
        let isCompared = ["in", "ne", "gt", "gte", "lt", "lte"].contains(parts.last ?? "")
        return (isCompared ? parts.dropLast() : parts[...]).joined(separator: ".")
    }

    private func past(_ item: QueryItem, now: Instant, _ faults: inout [Fault]) -> Instant? {
        guard let time = instant(item, &faults) else { return nil }
        // A link to the rows of a figure names the instant after the one at which it was asked for.
        if time > now.included { faults.append(Fault(item.name, "must not be in the future; it is \(now) now")) }
        return time
    }

    /// A time, or a day, which begins at midnight of the zone.
    private func instant(_ item: QueryItem, _ faults: inout [Fault]) -> Instant? {
        if let day = Day(item.value) { return question.zone.start(of: day) }
        if let instant = Instant(item.value) { return instant }
        faults.append(Fault(item.name, "must be a time such as 2026-01-31T09:00:00Z, or a date"))
        return nil
    }
}

extension Instant {
    /// As of when figures are told that include this very millisecond: whoever wrote in it sees that counted.
    var included: Instant { advanced(byMilliseconds: 1) }
}
