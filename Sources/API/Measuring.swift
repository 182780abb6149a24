internal import Dispatch
internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Ledger
internal import Metrics
internal import Store

/// The metrics and reports.
struct Measuring: Sendable {
    let service: Service
    let clock: @Sendable () -> Instant
    private let cache = AnswerCache()

    init(service: Service, clock: @escaping @Sendable () -> Instant) {
        self.service = service
        self.clock = clock
    }

    /// `GET /v1/metrics`
    func catalogue(_ request: borrowing Request) throws(Problem) -> Response {
        _ = try service.permissions.sight(of: request, reading: "metrics")
        let reports = Report.all.map { report -> JSON in
            [
                "report": .string(report.name), "definition": .string(report.definition),
                "dimensions": Self.names(report.terms.dimensions, where: report.terms.isGrouped),
                "narrowed_by": Self.names(report.terms.dimensions, where: report.terms.isNarrowed),
                "parameters": .array(report.terms.parameters.map { .string($0) }),
                "href": .string("/v1/reports/\(report.name)"),
            ]
        }
        return .list(
            ["data": .array(Catalogue.all.map(\.summary)), "reports": .array(reports), "next": nil],
            as: AnswerForm(of: request))
    }

    private static func names(_ dimensions: [Dimension], where isTaken: Bool) -> JSON {
        .array(isTaken ? dimensions.map { .string($0.rawValue) } : [])
    }

    /// `GET /v1/metrics/{name}`
    func figure(_ request: borrowing Request) throws(Problem) -> Response {
        let metric = try metric(request)
        return try answer(request, metric.terms) { ask throws(MetricFault) in
            try metric.answer(ask.asking.question, in: ask.facts, rows: ask.asking.rowsAddresses(metric.name))
        }
    }

    /// `GET /v1/reports/{name}`
    func report(_ report: Report) -> @Sendable (borrowing Request) throws(Problem) -> Response {
        { request throws(Problem) in
            try service.permissions.demandReading(report.tells.map(\.name), request)
            return try answer(request, report.terms, make: report.make)
        }
    }

    /// `GET /v1/metrics/{name}/rows`
    func rows(_ request: borrowing Request) throws(Problem) -> Response {
        let metric = try metric(request)
        var terms = metric.terms
        terms.paging = .rows
        terms.compares = false
        terms.isGrouped = false
        return try answer(request, terms) { ask throws(MetricFault) in
            let isSeen: ((Record) -> Bool)? = ask.sight.isAll ? nil : { ask.sees($0) }
            let rows = try metric.rows(
                ask.asking.question, in: ask.facts, after: ask.asking.after, limit: ask.asking.limit, isSeen: isSeen)
            return Answer(.object([.init("metric", .string(metric.name))] + ask.told(rows, of: metric, "rows")))
        }
    }

    /// `GET /v1/metrics/{name}/diff?between=T1,T2`
    func difference(_ request: borrowing Request) throws(Problem) -> Response {
        let metric = try metric(request)
        var terms = metric.terms
        terms.paging = .rows
        terms.compares = false
        terms.isGrouped = false
        return try answer(request, terms, isDifference: true) { ask throws(MetricFault) in
            guard let between = ask.asking.between else { return Answer(.null) }
            let other = ask.otherFacts ?? ask.facts
            var (first, second) = (ask.asking.question, ask.asking.question)
            // On the clock of the ledger both are asked as of the same instant: what was learned is the difference.
            if !ask.asking.isByLedger { (first.asOf, second.asOf) = (between.first, between.second) }
            let difference = try Difference(of: metric, (first, other), (second, ask.facts))
            let rows = difference.rows(after: ask.asking.after, limit: ask.asking.limit, isSeen: ask.sees)
            let clock = JSON.Member("clock", ask.asking.isByLedger ? "ledger" : "business")
            return Answer(.object(difference.head + [clock] + ask.told(rows, of: metric, "diff")))
        }
    }

    /// `GET /v1/metrics/{name}/disagreement`
    func disagreement(_ request: borrowing Request) throws(Problem) -> Response {
        let metric = try metric(request)
        guard Disagreement.metrics.contains(metric.name) else {
            throw Problem(
                .notFound, title: "One definition",
                detail:
                    "\(metric.name) has one definition; \(Disagreement.metrics.joined(separator: ", ")) have several.")
        }
        var terms = metric.terms
        terms.paging = .rows
        terms.isGrouped = false
        terms.compares = false
        return try answer(request, terms) { ask throws(MetricFault) in
            let told = try Disagreement.json(
                of: metric, ask.asking.question, in: ask.facts, after: ask.asking.after, limit: ask.asking.limit,
                isSeen: ask.sees)
            guard let told else { return Answer(.null) }
            return Answer(.object(told.head + ask.told(told.rows, of: metric, "disagreement")))
        }
    }

    /// `GET /v1/goals/{id}/progress`: what was reached of a goal, and whether that is in time.
    func progress(_ request: borrowing Request) throws(Problem) -> Response {
        let id = try goal(request)
        return try answer(request, .ofGoals) { ask throws(MetricFault) in
            guard let goal = ask.facts.view.record(Goal.schema.name, id) else {
                throw .notEnough("the goal was not known then")
            }
            let question = ask.asking.question
            return Answer(try Progress.json(of: goal, at: question.asOf, in: ask.facts, sees: question.sees))
        }
    }

    /// The goal that the path names; one that is gone can be asked for as it was known.
    private func goal(_ request: borrowing Request) throws(Problem) -> Identifier {
        _ = try service.permissions.sight(of: request, reading: Goal.schema.name)
        let text = request.parameter("id")
        let isOfThen = try request.queryItems().contains { $0.name == "known_at" }
        guard isOfThen, let id = Identifier(text, prefix: Goal.schema.prefix),
            service.store.lastChange(Goal.schema, id) != nil
        else { return try service.record(Goal.schema, request).id }
        return id
    }

    // MARK: Answering

    /// A question understood, with what it is answered from.
    struct Ask {
        let asking: Asking
        let facts: Facts
        /// The facts of the first of two instants of the ledger's clock.
        let otherFacts: Facts?
        let sight: Sight
        /// The newest state: what was known before is judged by whose it is now.
        let now: View

        func sees(_ record: Record) -> Bool {
            sight.isAll || sight.sees(now.record(record.schema.name, record.id) ?? record, in: now)
        }

        /// A page of rows, with the address of the one after.
        fileprivate func told(_ page: RowPage, of metric: Metric, _ path: String) -> [JSON.Member] {
            [
                .init("count", .integer(Int64(page.count))), .init("hidden", .integer(Int64(page.hidden))),
                .init("data", .array(page.data)),
                .init("next", next(page.next?.text, "/v1/metrics/\(metric.name)/\(path)")),
            ]
        }

        /// The address of the page after, where there is one.
        func next(_ cursor: String?, _ path: String) -> JSON {
            cursor.map { .string(asking.nextAddress(path, after: $0)) } ?? .null
        }
    }

    private func answer(
        _ request: borrowing Request, _ terms: Asking.Terms, isDifference: Bool = false,
        make: @escaping @Sendable (Ask) throws(MetricFault) -> Answer
    ) throws(Problem) -> Response {
        let (sight, author) = try service.permissions.asker(of: request, reading: "metrics")
        let form = AnswerForm(of: request)
        let question = AnswerCache.Question(
            address: request.path + "?" + request.query, scope: sight.isAll ? "" : author, form: form)
        let view = service.store.view
        let now = clock()
        if let known = cache.find(question, seq: view.seq, now: now) {
            return known.response(ifNoneMatch: request.fieldBytes(.ifNoneMatch))
        }
        let items = try request.queryItems()
        var asking = try Asking(items, of: terms, now: now, isDifference: isDifference)
        // As of when it was known, where nothing else is asked.
        if let known = asking.knownAt, !asking.isPinned { asking.question.asOf = min(asking.question.asOf, known) }
        if !sight.isAll {
            // Also where they are narrowed: what is counted of a touch may be seen by its deal, and the touch not.
            try Self.demandNoPerson(asking.question, unseenBy: sight)
            if Settings.narrowsFigures(in: view) {
                asking.question.sees = { sight.sees(view.record($0.schema.name, $0.id) ?? $0, in: view) }
            }
        }
        let field = request.fieldBytes(.ifNoneMatch).map { Array($0) }
        return service.offLoop(request) { [asking, facts = service.facts, cache] () throws(Problem) in
            let ask = try Self.ask(asking, facts, sight, view)
            try Self.demandThere(ask)
            let answer: Answer
            do throws(MetricFault) { answer = try make(ask) } catch { throw Problem(error) }
            let body = FigureBody(answer, form, groupedBy: asking.question.groupBy)
            // What was made of a newer state than the asker was judged by is not kept.
            if asking.knownAt == nil, !isDifference, ask.facts.view.seq == view.seq {
                cache.keep(question, seq: ask.facts.view.seq, now: now, body)
            }
            return body.response(ifNoneMatch: field.map { $0[...] })
        }
    }

    /// Refuses to count by personal data what the asker does not see, and by ranges of texts, by which what is not seen could
    /// be guessed letter by letter.
    private static func demandNoPerson(_ question: Question, unseenBy sight: Sight) throws(Problem) {
        let named = question.conditions.filter { !sight.seesAll(of: $0.key) }.values.flatMap(\.self)
            .first { $0.path.field.isPersonal || $0.isRangeOfTexts }
        guard let named else { return }
        let what = named.path.field.isPersonal ? "personal data such as" : "a range of texts, here of"
        throw Problem(
            .forbidden(
                "figures count records that you do not see, so they are not asked by \(what) \(named.path.field.name)",
                by: [Role.admin.rawValue]))
    }

    /// Refuses to narrow to a record that is there neither now nor as it was known then: 0 would be no answer.
    private static func demandThere(_ ask: Ask) throws(Problem) {
        if ask.asking.question.filters.isEmpty { return }
        let views = [ask.now, ask.facts.view] + (ask.otherFacts.map { [$0.view] } ?? [])
        var faults: [Fault] = []
        for (dimension, key) in ask.asking.question.filters {
            guard let key, let schema = dimension.named, let id = Identifier(key, prefix: schema.prefix),
                !views.contains(where: { $0.record(schema.name, id) != nil })
            else { continue }
            faults.append(Fault(dimension.rawValue, "there is no \(key); GET /v1/\(schema.name) lists those there are"))
        }
        guard faults.isEmpty else { throw Problem(queryFaults: faults) }
    }

    private static func ask(
        _ asking: Asking, _ live: LiveFacts, _ sight: Sight, _ view: View
    ) throws(Problem) -> Ask {
        do throws(LedgerFault) {
            if asking.isByLedger, let between = asking.between {
                return Ask(
                    asking: asking, facts: try live.known(at: between.second),
                    otherFacts: try live.known(at: between.first), sight: sight, now: view)
            }
            let facts = try asking.knownAt.map { time throws(LedgerFault) in try live.known(at: time) } ?? live.now
            return Ask(asking: asking, facts: facts, otherFacts: nil, sight: sight, now: view)
        } catch {
            throw Problem(error)
        }
    }

    private func metric(_ request: borrowing Request) throws(Problem) -> Metric {
        let name = request.parameter("name")
        if let metric = Catalogue.metric(name) { return metric }
        let names = Catalogue.all.map(\.name)
        let isReport = Report.all.contains { $0.name == name }
        let hint =
            isReport
            ? " It is a report: GET /v1/reports/\(name)."
            : Spelling.nearest(to: name, among: names).map { " Did you mean \($0)?" } ?? ""
        throw Problem(
            .notFound, title: "No such metric", detail: "There is no metric \(name).\(hint)",
            members: [.init("metrics", .array(names.map { .string($0) }))])
    }
}

extension Metric {
    /// What may be asked of it.
    var terms: Asking.Terms {
        Asking.Terms(
            dimensions: dimensions, bases: bases, isState: isState, parameters: parameters, resources: resources,
            compares: true)
    }
}
