internal import JSON
public import Store

/// What the company decides once for everybody; there is one record of it.
public enum Settings: Resource {
    /// The declaration.
    public static let schema = Schema(
        "settings", prefix: "settings", "What the company decides once for everybody; there is one record of it.",
        isShared: true,
        fields: [
            Field("name", .text(max: 200), "The company's name.").required(),
            Field("base_currency", .text(max: 3), "The currency in which figures add up (ISO 4217)."),
            Field("mql_score", .integer(1...1_000_000), "The score at which a lead becomes mql by itself."),
            Field("hands_off", .bool, "Whether such a lead is handed off by itself, as the routing rules say.")
                .with(default: .bool(false)),
            Field("grade_a_points", .integer(-1000...1000), "The least fit points of grade A; 50 where not given."),
            Field("grade_b_points", .integer(-1000...1000), "Of grade B; 25 where not given."),
            Field("grade_c_points", .integer(-1000...1000), "Of grade C; 10 where not given."),
            Field("figures", .choice(["all", "visibility"]), "Whether figures are the same for everybody.").with(
                default: .text("all")),
            Field("gross_margin_percent", .number(0...100), "What is left of revenue after what it cost to deliver."),
        ])

    /// Managers of both departments.
    public static let writers = Grants(any: [.salesManager, .marketingManager])

    /// Refuses a second one.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        if let first = transaction.oldest(schema.name) {
            throw .conflict(
                rule: "there is one record of settings: change that",
                state: [.init("id", .string(first.idText)), .init("href", .string(first.address))])
        }
    }

    /// What decides on scores has every lead be scored anew.
    public static func changed(
        _ record: Record, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let names = ["mql_score", "grade_a_points", "grade_b_points", "grade_c_points"]
        if names.contains(where: { record[$0] != old[$0] }) { ScoringRule.scoreAll(in: &transaction) }
        return record
    }

    /// What decides on scores has every lead be scored anew.
    public static func made(_ record: Record, in transaction: inout Transaction) throws(Refusal) -> Record {
        ScoringRule.scoreAll(in: &transaction)
        return record
    }

    /// Checks the currency and the order of grades.
    public static func check(_ draft: inout Draft, in transaction: Transaction) throws(Refusal) {
        var faults: [Fault] = []
        if let code = draft["base_currency"].text, Currency(code) == nil {
            faults.append(Fault("/base_currency", "must be an ISO 4217 code such as \"EUR\""))
        }
        let bounds = gradeBounds(draft["grade_a_points"], draft["grade_b_points"], draft["grade_c_points"])
        if bounds != bounds.sorted(by: >) { faults.append(Fault("/grade_a_points", "must fall from A to C")) }
        try Refusal.demandNone(faults)
    }

    /// Whether figures are narrowed to what the asker sees.
    public static func narrowsFigures(in records: some Records) -> Bool {
        records.records(schema.name, after: nil, limit: 1).first?["figures"].text == "visibility"
    }

    /// The currency in which figures add up, where the company has said one.
    public static func baseCurrency(in records: some Records) -> Currency? {
        records.records(schema.name, after: nil, limit: 1).first?["base_currency"].text.flatMap(Currency.init)
    }

    /// What is left of revenue, in percent, where the company has said it.
    public static func grossMarginPercent(in records: some Records) -> Double? {
        records.records(schema.name, after: nil, limit: 1).first?["gross_margin_percent"].double
    }

    private static func gradeBounds(_ a: Value, _ b: Value, _ c: Value) -> [Int64] {
        [a.whole ?? 50, b.whole ?? 25, c.whole ?? 10]
    }

    /// The grade of so many fit points.
    static func grade(of points: Double, by settings: Record?) -> String {
        let bounds = gradeBounds(
            settings?["grade_a_points"] ?? .null, settings?["grade_b_points"] ?? .null,
            settings?["grade_c_points"] ?? .null)
        return zip(["A", "B", "C"], bounds).first { points >= Double($1) }?.0 ?? "D"
    }
}
