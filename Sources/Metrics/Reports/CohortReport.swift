internal import Domain
public import JSON
internal import Store

/// Customers by the month in which they first bought, month after month.
public enum CohortReport {
    /// What it is, in one sentence.
    public static let definition =
        "Customers by the month of their first purchase: how many still were customers at the end of each month after, and what they paid in it, refunds taken off. Months to come are null, and a month that has not ended is marked."

    private static let monthsMax: Int32 = 60

    /// The report.
    ///
    /// - Throws: ``MetricFault``.
    public static func answer(_ question: Question, in facts: Facts) throws(MetricFault) -> JSON {
        let asked = Asked(question, of: facts)
        let days = DayReader(question.zone)
        let unit = CalendarUnit.month
        var cohorts: [Int32: [Customer]] = [:]
        for customer in try asked.customers() {
            guard let first = customer.firstAt, asked.contains(first) else { continue }
            cohorts[days.number(of: first, unit), default: []].append(customer)
        }
        let last = days.number(of: asked.asOf - 1, unit)
        let lines = Self.months(of: question, cohorts.keys, upTo: last, days).map { cohort -> JSON in
            let customers = cohorts[cohort] ?? []
            let months =
                customers.isEmpty
                ? []
                : (0...max(0, min(monthsMax, last - cohort + 1))).map { offset -> JSON in
                    let start = question.zone.start(of: unit.firstDay(ofUnit: cohort + offset)).milliseconds
                    let end = question.zone.start(of: unit.firstDay(ofUnit: cohort + offset + 1)).milliseconds
                    guard start < asked.asOf else {
                        return [
                            "month": .integer(Int64(offset)), "active_customers": nil, "retention": nil, "revenue": nil,
                        ]
                    }
                    let active = customers.count { $0.isActive(at: min(end, asked.asOf)) }
                    let revenue = customers.reduce(Int128(0)) {
                        $0 + Int128($1.revenue(in: start..<min(end, asked.asOf)))
                    }
                    return [
                        "month": .integer(Int64(offset)), "active_customers": .integer(Int64(active)),
                        "retention": .number(Double(active) / Double(customers.count)),
                        "revenue": asked.money(revenue * 100), "is_whole": .bool(end <= asked.asOf),
                    ]
                }
            return [
                "key": ["month": .string(unit.key(of: unit.firstDay(ofUnit: cohort)))],
                "customers": .integer(Int64(customers.count)), "months": .array(months),
            ]
        }
        return .object(asked.head("cohorts", definition, .cohort) + [.init("groups", .array(lines))])
    }

    /// The months of the period, those in which nobody first bought included.
    private static func months(
        of question: Question, _ found: some Collection<Int32>, upTo last: Int32, _ days: DayReader
    ) -> [Int32] {
        let end = (question.to ?? question.from.map { _ in question.asOf }).map {
            days.number(of: $0.milliseconds - 1, .month)
        }
        guard let first = question.from.map({ days.number(of: $0.milliseconds, .month) }) ?? found.min(),
            let end = end ?? found.max(), first <= min(end, last)
        else { return [] }
        return Array(first...min(end, last))
    }
}
