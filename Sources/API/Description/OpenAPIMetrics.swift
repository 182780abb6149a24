internal import Domain
internal import JSON
internal import Metrics

/// The operations that tell figures.
extension OpenAPI {
    static let metricPaths: [JSON.Member] =
        [
            .init("/v1/metrics", ["get": catalogue]),
            .init(
                "/v1/metrics/{name}",
                [
                    "parameters": [metricName(of: Catalogue.all.map(\.name))],
                    "get": figure(
                        "get_metric", "A figure, whole and by group.", "metric_answer", metricExample, metricParameters),
                ]),
            .init(
                "/v1/metrics/{name}/rows",
                [
                    "parameters": [metricName(of: Catalogue.all.map(\.name))],
                    "get": figure(
                        "list_metric_rows", "The rows behind a figure.", "metric_rows", rowsExample,
                        metricParameters.filter { !["group_by", "compare"].contains($0) } + ["limit", "after"]),
                ]),
            .init(
                "/v1/metrics/{name}/diff",
                [
                    "parameters": [metricName(of: Catalogue.all.map(\.name))],
                    "get": figure(
                        "diff_metric", "Which rows moved a figure between two instants, and by how much each did.",
                        "metric_difference", diffExample,
                        metricParameters.filter { !["group_by", "compare"].contains($0) }
                            + ["between", "clock", "limit", "after"]),
                ]),
            .init(
                "/v1/metrics/{name}/disagreement",
                [
                    "parameters": [metricName(of: Disagreement.metrics)],
                    "get": figure(
                        "disagree_metric",
                        "Where a figure has several definitions: what each says, and the rows on which they differ.",
                        "metric_disagreement", disagreementExample,
                        metricParameters.filter { !["group_by", "compare"].contains($0) } + ["limit", "after"]),
                ]),
        ]
        + Report.all.map { report in
            let name = schemaName(of: report.name)
            let names =
                (report.terms.isState ? ["as_of"] : ["from", "to", "as_of", "basis"]) + ["known_at", "tz"]
                + (report.terms.takesCurrency ? ["currency"] : [])
                + (report.terms.dimensions.isEmpty || !report.terms.isGrouped ? [] : ["group_by"])
                + report.terms.parameters
                + (report.terms.paging == .none ? [] : ["limit", "after"])
                + (report.terms.isNarrowed ? report.terms.dimensions.map(\.rawValue) : [])
            return .init(
                "/v1/reports/\(report.name)",
                [
                    "get": figure("get_\(name)", report.definition, name, Examples.value(of: name), names)
                ])
        }

    private static func metricName(of names: [String]) -> JSON {
        ["name": "name", "in": "path", "required": true, "example": .string(names[0]), "schema": Shape.words(names)]
    }

    private static let metricParameters =
        ["from", "to", "as_of", "known_at", "basis", "tz", "currency", "group_by", "compare"]
        + Set(Catalogue.all.flatMap(\.parameters)).sorted() + Dimension.allCases.map(\.rawValue)

    private static let catalogue = JSON.object(
        operation(
            "list_metrics", "The catalogue of metrics and reports with their definitions.", tag: "metrics",
            [
                (
                    "200",
                    answer(
                        "Every metric and report; the metrics alone with Accept: text/csv.",
                        listContent(
                            Shape.page(
                                of: Shape.named("metric"), ["reports": Shape.list(Shape.named("report_summary"))]),
                            example: ["data": [Catalogue.all[0].summary], "reports": [], "next": nil]))
                )
            ], problems: ["401", "403"]))

    private static let metricExample: JSON = [
        "metric": "win_rate", "unit": "ratio", "definition": "won ÷ (won + lost)", "from": "2026-01-01T00:00:00Z",
        "to": "2026-02-01T00:00:00Z", "tz": "UTC", "basis": "event", "as_of": "2026-01-31T09:00:00Z", "seq": 17,
        "value": 0.5, "numerator": 1, "denominator": 2,
        "rows": "/v1/metrics/win_rate/rows?as_of=2026-01-31T09:00:00Z",
    ]
    private static let rowsExample: JSON = [
        "metric": "win_rate", "count": 1, "hidden": 0,
        "data": [
            [
                "resource": "deals", "id": .string(Examples.id("deal")),
                "href": .string("/v1/deals/\(Examples.id("deal"))"), "at": "2026-01-31T09:00:00Z", "numerator": true,
                "denominator": true,
            ]
        ],
        "next": nil,
    ]
    private static let diffExample: JSON = [
        "metric": "deals_won", "unit": "count", "before": ["as_of": "2026-01-01T00:00:00Z", "value": 1],
        "after": ["as_of": "2026-02-01T00:00:00Z", "value": 2], "entered": 1, "left": 0, "changed": 0, "moved_by": 1,
        "clock": "business", "count": 1, "hidden": 0,
        "data": [
            [
                "resource": "deals", "id": .string(Examples.id("deal")),
                "href": .string("/v1/deals/\(Examples.id("deal"))"), "change": "entered", "before": nil,
                "after": ["at": "2026-01-20T09:00:00Z"], "moved_by": 1,
            ]
        ],
        "next": nil,
    ]
    private static let disagreementExample: JSON = [
        "metric": "marketing_sourced_revenue",
        "definitions": ["first_touch": ["value": ["amount": 500, "currency": "EUR"]]], "count": 0, "hidden": 0,
        "data": [], "next": nil,
    ]

    static func figure(
        _ id: String, _ summary: String, tag: JSON = "metrics", _ schema: String, _ example: JSON,
        _ parameters: [String]
    ) -> JSON {
        var get = operation(
            id, summary, tag: tag,
            [
                (
                    "200",
                    answer(
                        "The answer, as JSON or with Accept: text/csv as a table. ETag stays the same for as long as nothing but the time of asking differs.",
                        listContent(
                            Shape.named(schema), example: example, table: "key.month,value\r\n2026-01,7\r\n"), .etag)
                ), ("304", answer("It is as If-None-Match knows it.", .etag)),
            ], problems: ["400", "401", "403", "404", "409", "410"])
        get.append(
            .init("parameters", .array((parameters + ["If-None-Match"]).map { reference("parameters", $0) })))
        return .object(get)
    }
}
