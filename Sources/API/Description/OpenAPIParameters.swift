internal import Domain
internal import JSON
internal import Metrics
internal import Store

/// What may be asked in queries and header fields.
extension OpenAPI {
    /// The parameters that several operations share.
    static let parameters: [JSON.Member] =
        ofRecords + ofFigures + ofChoices
        + Dimension.allCases.map { dimension in
            parameter(
                dimension.rawValue, "query", "Narrows to one \(dimension.rawValue); null to none.", key(of: dimension),
                example: exampleKey(of: dimension))
        }

    private static let ofRecords: [JSON.Member] = [
        parameter("id", "path", "A record's id.", Shape.text, example: .string(Examples.id("lead"))),
        parameter("If-Match", "header", "The ETag that the record must have.", Shape.text, example: "\"3\""),
        parameter("If-None-Match", "header", "The ETag that is known already.", Shape.text, example: "\"3\""),
        parameter(
            "Tandem-Seq", "header", "What a write answered: a state without that write is refused.", Shape.count,
            example: 4711),
        parameter(
            "Idempotency-Key", "header",
            "A text of your own, such as a UUID: the same request with it is done once, and answered the same for a day.",
            ["type": "string", "minLength": 1, "maxLength": 255], example: "6f1c0a52-7c1f-4c2f-9a0b-3b6b7a1f0d11"),
        parameter("limit", "query", "How many.", whole(1...500, otherwise: 50), example: 50),
        parameter("after", "query", "The cursor out of next.", Shape.text, example: "eyJ2IjpbXX0"),
        parameter(
            "sort", "query",
            "Members to sort by, the greatest first behind a minus. Of a text the first 240 bytes count.",
            Shape.list(Shape.text), example: ["-created_at"]),
        parameter("q", "query", "Words that each begin a word of the record.", Shape.text, example: "ada exa"),
        parameter("count", "query", "Whether to tell how many there are in all.", Shape.flag, example: true),
        parameter(
            "fields", "query", "The members to answer with.", Shape.list(Shape.text), example: ["id", "created_at"]),
    ]

    private static let ofFigures: [JSON.Member] = [
        parameter("from", "query", "The first instant or day of the period.", moment, example: "2026-01-01"),
        parameter("to", "query", "The first instant or day after the period.", moment, example: "2026-02-01"),
        parameter(
            "as_of", "query", "What had happened before this instant; now where not given.", moment,
            example: "2026-01-31"),
        parameter(
            "known_at", "query", "What was recorded before this instant; everything where not given.", moment,
            example: "2026-01-31"),
        parameter(
            "between", "query", "Two instants, the earlier first.", list(of: moment, 2...2),
            example: ["2026-01-01", "2026-02-01"]),
        parameter(
            "tz", "query", "The IANA zone in which days begin; UTC where not given.", Shape.text,
            example: "Europe/Berlin"),
        parameter("on", "query", "The day; today where not given.", Shape.day, example: "2026-01-31"),
        parameter(
            "group_by", "query", "One or two dimensions.", list(of: dimension, 1...2), example: ["month", "channel"]),
        parameter(
            "currency", "query", "The currency in which money is told; the company's where not given.",
            ["type": "string", "pattern": "^[A-Z]{3}$"], example: "EUR"),
        parameter("days", "query", "How many days before and after.", whole(1...3650, otherwise: 30), example: 30),
        parameter(
            "forecast_day", "query",
            "The day of its period on which a forecast is looked at; the first where not given.",
            whole(0...3650), example: 0),
        parameter(
            "half_life_days", "query", "After how many days a touch counts half; 7 where not given.",
            ["type": "number", "exclusiveMinimum": 0, "maximum": 36_500], example: 7),
        parameter(
            "lag_days", "query", "How many days customers come after the cost that won them.",
            whole(0...3650), example: 30),
        parameter(
            "lookback_days", "query", "How many days before the close a touch counts; 90 where not given.",
            whole(1...36_500), example: 90),
        parameter("seed", "query", "What random numbers begin with.", whole(0...Int64.max, otherwise: 1), example: 1),
        parameter(
            "within", "query", "The longest that a conversion may take.",
            ["type": "string", "pattern": "^[0-9]+d$"], example: "30d"),
        parameter("from_stage", "query", "The stage measured from.", stage, example: "mql"),
        parameter("to_stage", "query", "The stage measured to.", stage, example: "customer"),
    ]

    private static let ofChoices: [JSON.Member] = [
        choice("basis", "Of whom or of when the figure is.", Question.Basis.allCases.map(\.rawValue)),
        choice("compare", "The period beside this one.", Question.Comparison.allCases.map(\.rawValue)),
        choice(
            "clock", "Whether what happened is told, or what was recorded.", ["business", "ledger"],
            otherwise: "business"),
        choice(
            "hours", "Of the clock, or those of the agreement's calendar.", ["wall", "business"], otherwise: "wall"),
        choice("definition", "Whose revenue is marketing's.", SourcedDefinition.allCases.map(\.rawValue)),
        choice("direct", "Whether direct visits count.", ["include", "exclude"]),
        choice("entry", "What counts of a stage entered again.", ["all", "latest"], otherwise: "all"),
        choice(
            "impressions",
            "Whether impressions and mail opens count; what was sent, came back or was unsubscribed from is never a touch that qualifies.",
            ["exclude", "include"], otherwise: "exclude"),
        choice(
            "model", "Of attribution or of lifetime value.",
            AttributionModel.allCases.map(\.rawValue) + LifetimeModel.allCases.map(\.rawValue)),
        choice("per", "What engagement is divided by.", ["impressions", "followers"], otherwise: "impressions"),
        choice("timing", "Whose revenue is set against spend.", ["period", "cohort"], otherwise: "period"),
        choice("weight", "What a rate counts.", ["count", "amount"], otherwise: "count"),
    ]

    // MARK: Lists

    /// What a list of a resource can be asked.
    ///
    /// - Parameter isNarrowed: whether it is a list under another record, whose id the path has.
    static func listParameters(_ schema: Schema, isNarrowed: Bool = false) -> [JSON] {
        let shared = (["limit", "after", "sort", "fields", "count"] + (schema.isSearched ? ["q"] : []))
            .map { reference("parameters", $0) }
        let id = parameter(
            "id", "query", "The record of that id; id.in takes several.", Shape.id(schema.prefix),
            example: .string(Examples.id(schema.prefix))
        ).value
        return shared + (isNarrowed ? [] : [id])
            + schema.filterablePaths.compactMap { path in
                guard let field = schema.path(path)?.field else { return nil }
                return parameter(
                    path, "query", "Equal to it; \(path).in, .ne, .gt, .gte, .lt and .lte compare otherwise.",
                    asked(of: field), example: Examples.asked(of: field)
                ).value
            }
    }

    /// What a field can be compared with; `null` finds those that have none.
    private static func asked(of field: Field) -> JSON {
        let value: JSON
        switch field.type {
        case .money: value = Shape.integer
        case .instant: value = moment
        case .references(let reference, _): value = Shape.id(reference.prefix)
        case .texts(_, let words):
            value = .object(type(of: words.map { .choice($0) } ?? .text(max: 200), isInput: true))
        case .object, .objects, .scalars: return Shape.text
        default: value = .object(type(of: field.type, isInput: true))
        }
        // Any text is one, the word too.
        if case .text = field.type { return value }
        return ["anyOf": [value, Shape.word("null")]]
    }

    /// What a dimension's key can be.
    private static func key(of dimension: Dimension) -> JSON {
        let form: JSON
        switch dimension {
        case .day: form = Shape.day
        case .week: form = ["type": "string", "pattern": "^[0-9]{4}-W[0-5][0-9]$"]
        case .month: form = ["type": "string", "pattern": "^[0-9]{4}-[01][0-9]$"]
        case .quarter: form = ["type": "string", "pattern": "^[0-9]{4}-Q[1-4]$"]
        case .year: form = ["type": "string", "pattern": "^[0-9]{4}$"]
        case .channel: form = Shape.words(Words.channels)
        case .phase: form = Shape.words(Stage.phases)
        case .scoreBand: form = ["type": "string", "pattern": "^[0-9]+-[0-9]+$"]
        default:
            guard let schema = dimension.named else { return Shape.text }
            form = Shape.id(schema.prefix)
        }
        return ["anyOf": [form, Shape.word("null")]]
    }

    private static func exampleKey(of dimension: Dimension) -> JSON {
        switch dimension {
        case .day: "2026-01-31"
        case .week: "2026-W05"
        case .month: "2026-01"
        case .quarter: "2026-Q1"
        case .year: "2026"
        case .channel: "search"
        case .source: "search/paid"
        case .phase: "consideration"
        case .scoreBand: "50-74"
        case .stage: "mql"
        case .reason, .category: "price"
        case .region: "North"
        case .industry: "retail"
        case .product: "Sensors"
        default: dimension.named.map { .string(Examples.id($0.prefix)) } ?? "null"
        }
    }

    // MARK: Schemas

    private static let moment: JSON = ["anyOf": [Shape.time, Shape.day]]

    private static let stage = Shape.words(Stage.allCases.map(\.rawValue))

    /// A whole number; what is taken in its place is told alone where every operation takes it, since clients send it.
    private static func whole(_ bounds: ClosedRange<Int64>, otherwise: Int64? = nil) -> JSON {
        .object(
            [
                .init("type", "integer"), .init("minimum", .integer(bounds.lowerBound)),
                .init("maximum", .integer(bounds.upperBound)),
            ] + (otherwise.map { [.init("default", .integer($0))] } ?? []))
    }

    private static func list(of element: JSON, _ counts: ClosedRange<Int64>) -> JSON {
        .object(
            (Shape.list(element).members ?? []) + [
                .init("minItems", .integer(counts.lowerBound)), .init("maxItems", .integer(counts.upperBound)),
            ])
    }

    private static func choice(
        _ name: String, _ description: String, _ words: [String], otherwise: String? = nil
    ) -> JSON.Member {
        // Some words are of two lists.
        let distinct = words.enumerated().filter { !words[..<$0.offset].contains($0.element) }.map(\.element)
        let usual = otherwise.map { "\(description) \($0) where not given." } ?? description
        return parameter(name, "query", usual, Shape.words(distinct), example: .string(distinct[0]))
    }

    private static func parameter(
        _ name: String, _ place: String, _ description: String, _ schema: JSON, example: JSON
    ) -> JSON.Member {
        var members: [JSON.Member] = [
            .init("name", .string(name)), .init("in", .string(place)), .init("description", .string(description)),
            .init("schema", schema), .init("example", example),
        ]
        if place == "path" { members.append(.init("required", true)) }
        // With commas in between.
        if schema["type"] == "array" { members.append(.init("explode", false)) }
        return .init(name, .object(members))
    }
}
