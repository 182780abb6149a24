internal import Dispatch
internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Metrics
internal import Store

/// The metrics and reports.
struct Measuring: Sendable {
    let service: Service
    let clock: @Sendable () -> Instant

    /// `GET /v1/metrics`
    func catalogue(_ request: borrowing Request) throws(Problem) -> Response {
        _ = try service.permissions.sight(of: request, reading: "metrics")
        return .json(["data": .array(Catalogue.all.map(\.summary)), "next": nil])
    }

    /// `GET /v1/metrics/{name}`
    func figure(_ request: borrowing Request) throws(Problem) -> Response {
        let sight = try service.permissions.sight(of: request, reading: "metrics")
        let metric = try metric(request)
        var asking = try Asking(
            try request.queryItems(), of: metric.dimensions, bases: metric.bases, isState: metric.isState,
            parameters: metric.parameters, isList: false, now: clock())
        let view = service.store.view
        asking.question.sees = Self.narrowing(sight, in: view)
        return service.offLoop(request) { [asking] () throws(Problem) in
            do throws(MetricFault) {
                return .json(
                    try metric.answer(asking.question, in: view) { asking.rowsAddress(metric.name, $0) })
            } catch {
                throw Problem(error)
            }
        }
    }

    /// `GET /v1/metrics/{name}/rows`
    func rows(_ request: borrowing Request) throws(Problem) -> Response {
        let sight = try service.permissions.sight(of: request, reading: "metrics")
        let metric = try metric(request)
        let asking = try Asking(
            try request.queryItems(), of: metric.dimensions, bases: metric.bases, isState: metric.isState,
            parameters: metric.parameters, isList: true, now: clock())
        let view = service.store.view
        return service.offLoop(request) {
            let all = metric.rows(asking.question, in: view)
            let rows = sight.isAll ? all : all.filter { sight.sees($0.record, in: view) }
            let page = rows.dropFirst(asking.offset).prefix(asking.limit)
            let end = asking.offset + page.count
            let next = end < rows.count ? JSON.string(asking.nextAddress(metric.name, offset: end)) : .null
            return .json([
                "metric": .string(metric.name), "count": .integer(Int64(rows.count)),
                "hidden": .integer(Int64(all.count - rows.count)), "data": .array(page.map(\.json)), "next": next,
            ])
        }
    }

    /// `GET /v1/reports/funnel`
    func funnel(_ request: borrowing Request) throws(Problem) -> Response {
        let sight = try service.permissions.sight(of: request, reading: "metrics")
        var asking = try Asking(
            try request.queryItems(), of: Funnel.dimensions, bases: [.cohort, .event], isState: false, parameters: [],
            isList: false, now: clock())
        let view = service.store.view
        asking.question.sees = Self.narrowing(sight, in: view)
        return service.offLoop(request) { [asking] in .json(Funnel.answer(asking.question, in: view)) }
    }

    /// Figures are the same for everybody, unless the company narrows them to what the asker sees.
    private static func narrowing(_ sight: Sight, in view: View) -> (@Sendable (Record) -> Bool)? {
        guard !sight.isAll, Settings.narrowsFigures(in: view) else { return nil }
        return { sight.sees($0, in: view) }
    }

    private func metric(_ request: borrowing Request) throws(Problem) -> Metric {
        let name = request.parameter("name")
        if let metric = Catalogue.metric(name) { return metric }
        let names = Catalogue.all.map(\.name)
        let hint = Spelling.nearest(to: name, among: names).map { " Did you mean \($0)?" } ?? ""
        throw Problem(
            .notFound, title: "No such metric", detail: "There is no metric \(name).\(hint)",
            members: [.init("metrics", .array(names.map { .string($0) }))])
    }
}
