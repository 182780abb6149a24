internal import Domain
internal import HTTPServer
internal import JSON
internal import Metrics
internal import Store

/// Reads what some metrics and reports let one choose.
enum OptionReading {
    /// Takes a parameter, where it is one of `parameters`, into the options; one that is not understood is a fault.
    ///
    /// - Returns: whether there is such a parameter.
    static func read(
        _ item: QueryItem, of parameters: [String], into options: inout Question.Options, _ faults: inout [Fault]
    ) -> Bool {
        guard parameters.contains(item.name) else { return false }
        switch item.name {
        case "weight": options.isWeighedByAmount = choice(item, "count", "amount", &faults)
        case "hours": options.inBusinessHours = choice(item, "wall", "business", &faults)
        case "entry": options.isLatestEntry = choice(item, "all", "latest", &faults)
        case "timing": options.isCohortTiming = choice(item, "period", "cohort", &faults)
        case "per": options.perFollowers = choice(item, "impressions", "followers", &faults)
        case "direct": options.includesDirect = choice(item, "exclude", "include", &faults)
        case "impressions": options.includesImpressions = choice(item, "exclude", "include", &faults)
        case "within": options.withinMilliseconds = days(item, &faults).map { $0 * Instant.dayMilliseconds }
        case "from_stage": options.fromStage = word(item, &faults) ?? options.fromStage
        case "to_stage": options.toStage = word(item, &faults) ?? options.toStage
        // What shares revenue out looks back for touches; other models are of lifetime value.
        case "model" where parameters.contains("lookback_days"):
            options.model = word(item, &faults) ?? options.model
        case "model": options.lifetime = word(item, &faults) ?? options.lifetime
        case "definition": options.sourced = word(item, &faults) ?? options.sourced
        case "lag_days": options.lagDays = number(item, 0...3650, &faults) ?? 0
        case "lookback_days": options.lookbackDays = number(item, 1...36_500, &faults) ?? 90
        case "forecast_day": options.forecastDay = number(item, 0...3650, &faults) ?? 0
        case "seed": options.seed = number(item, 0...Int64.max, &faults).map { UInt64($0) } ?? 1
        case "half_life_days":
            guard let days = JSON(number: item.value)?.double, days > 0, days <= 36_500 else {
                faults.append(Fault(item.name, "must be a number of days above 0, such as 7"))
                return true
            }
            options.halfLifeDays = days
        default: return false
        }
        return true
    }

    private static func choice(_ item: QueryItem, _ first: String, _ second: String, _ faults: inout [Fault]) -> Bool {
        if ![first, second].contains(item.value) { faults.append(Fault(item.name, "must be \(first) or \(second)")) }
        return item.value == second
    }

    private static func word<Word: RawRepresentable<String> & CaseIterable>(
        _ item: QueryItem, _ faults: inout [Fault]
    ) -> Word? {
        if let word = Word(rawValue: item.value) { return word }
        let names = Word.allCases.map(\.rawValue).joined(separator: ", ")
        faults.append(Fault(item.name, "must be one of \(names)"))
        return nil
    }

    private static func number(
        _ item: QueryItem, _ bounds: ClosedRange<Int64>, _ faults: inout [Fault]
    ) -> Int64? {
        if let number = Int64(item.value), bounds.contains(number) { return number }
        faults.append(Fault(item.name, "must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"))
        return nil
    }

    private static func days(_ item: QueryItem, _ faults: inout [Fault]) -> Int64? {
        guard item.value.hasSuffix("d"), let days = Int64(item.value.dropLast()), (1...36_500).contains(days) else {
            faults.append(Fault("within", "must be a number of days such as 30d"))
            return nil
        }
        return days
    }
}
