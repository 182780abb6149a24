internal import JSON
public import Store

/// What one currency was worth in another on a day; posting it again corrects it.
public enum ExchangeRate: Resource {
    private static let never = "nothing: post another"

    /// The declaration.
    public static let schema = Schema(
        "exchange_rates", prefix: "exchange_rate",
        "What one currency was worth in another from a day on; posting it again corrects it.", isShared: true,
        fields: [
            Field("from", .text(max: 3), "The currency (ISO 4217).").required().onCreate(then: never),
            Field("to", .text(max: 3), "The currency in which it is told (ISO 4217).").required().onCreate(then: never),
            Field("on", .day, "The first day on which it holds.").required().onCreate(then: never).indexed(),
            Field("rate", .number(1e-9...1e9), "How many of `to` one of `from` is.").required(),
            Field("pair", .text(max: 7), "Both currencies, in one text.").readOnly().indexed(orderedBy: "on"),
            Field("key", .text(max: 20), "Both currencies and the day, in one text.").readOnly().unique(),
        ])

    /// Managers of both departments.
    public static let writers = Grants(any: [.salesManager, .marketingManager])

    /// What is posted again corrects what is there.
    public static let hasNaturalKey = true

    /// The one of the same currencies and day.
    public static func existing(_ draft: Draft, in transaction: Transaction) -> Record? {
        transaction.records(schema.name, where: "key", is: .text(key(of: draft))).first
    }

    /// Checks the currencies and keeps the keys.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        var faults: [Fault] = []
        for name in ["from", "to"] where Currency(draft[name].text ?? "") == nil {
            faults.append(Fault("/\(name)", "must be an ISO 4217 code such as \"EUR\""))
        }
        if draft["from"] == draft["to"] { faults.append(Fault("/to", "must be another currency than from")) }
        try Refusal.demandNone(faults)
        draft["pair"] = .text("\(draft["from"].text ?? "")-\(draft["to"].text ?? "")")
        draft["key"] = .text(key(of: draft))
    }

    private static func key(of draft: Draft) -> String {
        guard case .day(let day) = draft["on"] else { return "" }
        return "\(draft["from"].text ?? "")-\(draft["to"].text ?? "")-\(day)"
    }

    // MARK: Converting

    /// Money in another currency, by the rate that held on a day: the newest of that day or before, in either direction.
    ///
    /// Rounded half to even in the minor units of the other currency (ISO 4217).
    /// - Throws: ``Refusal/conflict(rule:state:)`` that names the currencies and the day where there is no rate.
    public static func convert(
        _ money: Money, to currency: Currency, on day: Day, in records: some Records
    ) throws(Refusal) -> Money {
        if money.currency == currency { return money }
        let (from, to) = (money.currency.description, currency.description)
        let (direct, inverse) = (
            newest("\(from)-\(to)", on: day, in: records), newest("\(to)-\(from)", on: day, in: records)
        )
        let state: [JSON.Member] = [
            .init("from", .string(from)), .init("to", .string(to)), .init("on", .string(day.description)),
        ]
        guard direct != nil || inverse != nil else {
            throw .conflict(
                rule: "there is no exchange rate from \(from) to \(to) on \(day) or before", state: state)
        }
        guard let amount = amount(of: money, in: currency, direct, inverse) else {
            throw .conflict(
                rule: "\(money.amount) of \(from) on \(day) are more than can be told in \(to)", state: state)
        }
        return Money(amount: amount, currency: currency)
    }

    /// A rate from a day on.
    typealias Dated = (day: Day, rate: Double)

    /// Money in minor units of another currency, by the newer of the rates in both directions, half to even.
    ///
    /// `nil` where there is none, or where it is more than can be counted.
    static func amount(of money: Money, in currency: Currency, _ direct: Dated?, _ inverse: Dated?) -> Int64? {
        let places = MoneyText.places(of: currency) - MoneyText.places(of: money.currency)
        if let inverse, direct.map({ $0.day < inverse.day }) ?? true {
            return ExactRate(inverse.rate).dividing(money.amount, places: places)
        }
        return direct.flatMap { ExactRate($0.rate).times(money.amount, places: places) }
    }

    private static func newest(
        _ pair: String, on day: Day, in records: some Records
    ) -> Dated? {
        var best: Dated?
        for record in records.records(schema.name, where: "pair", is: .text(pair)) {
            guard case .day(let from) = record["on"], from <= day, let rate = record["rate"].double else { continue }
            if best.map({ $0.day < from }) ?? true { best = (from, rate) }
        }
        return best
    }

    /// What an amount was in the company's currency when it was settled; nothing where no rate is known, or no currency.
    ///
    /// It is kept with the amount, so that a rate that is corrected later moves no closed figure.
    static func frozen(_ amount: Value, at time: Instant?, in records: some Records) -> Value {
        let settings = records.records(Settings.schema.name, after: nil, limit: 1).first
        guard let money = amount.money, let time, let base = settings?["base_currency"].text.flatMap(Currency.init)
        else {
            return .null
        }
        do throws(Refusal) {
            return .money(try convert(money, to: base, on: time.day, in: records))
        } catch {
            return .null
        }
    }
}
