import Domain
import Foundation
import JSON
import Metrics
import Store

/// Figures a second time, by plain loops over the records, with Foundation's calendar and nothing of the metrics' own.
struct Naive {
    let view: View
    var from = Int64.min
    var to = Int64.max
    var asOf: Int64
    let zone: TimeZone

    // MARK: What was asked

    func isInPeriod(_ time: Int64) -> Bool { time >= from && time < to && time < asOf }

    func month(_ time: Int64) -> String {
        var calendar = Foundation.Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let parts = calendar.dateComponents([.year, .month], from: Date(timeIntervalSince1970: Double(time) / 1000))
        let month = parts.month ?? 0
        return "\(parts.year ?? 0)-" + (month < 10 ? "0" : "") + "\(month)"
    }

    func all(_ resource: String) -> [Record] { view.records(resource, after: nil, limit: 1_000_000) }

    private func name(_ resource: String, _ id: Identifier?) -> String {
        id.flatMap { view.record(resource, $0) }?["name"].text ?? "none"
    }

    /// What a field was as of the question: what it was until the first change since, else what it is.
    func then(_ record: Record, _ field: String) -> Value {
        let kept = record.schema.fields.first { $0.name == "field_history" }?.type.parts.map(\.name) ?? []
        guard let part = kept.firstIndex(of: field) else { return record[field] }
        for entry in record["field_history"].elements {
            if let until = entry.parts[0].instant, until.milliseconds >= asOf { return entry.parts[part] }
        }
        return record[field]
    }

    // MARK: Money

    /// In euros' cents, by the rate frozen at close or of the day.
    func euros(_ record: Record, at time: Int64, isFrozen: Bool = true) -> Int64? {
        guard let money = then(record, "amount").money else { return nil }
        if money.currency.description == "EUR" { return money.amount }
        if isFrozen, record.schema.slot("base_amount") != nil, let base = then(record, "base_amount").money,
            base.currency.description == "EUR"
        {
            return base.amount
        }
        var best: (day: Day, rate: Double)?
        for rate in all("exchange_rates") where rate["from"].text == money.currency.description {
            guard case .day(let day) = rate["on"], let number = rate["rate"].double else { continue }
            if day <= Instant(milliseconds: time).day, best.map({ $0.day < day }) ?? true { best = (day, number) }
        }
        guard let best else { return nil }
        // Both currencies have cents; Foundation's decimals are exact.
        let product = NSDecimalNumber(decimal: Decimal(money.amount) * (Decimal(string: "\(best.rate)") ?? 0))
        let half = NSDecimalNumberHandler(
            roundingMode: .bankers, scale: 0, raiseOnExactness: false, raiseOnOverflow: false, raiseOnUnderflow: false,
            raiseOnDivideByZero: false)
        return product.rounding(accordingToBehavior: half).int64Value
    }

    // MARK: Deals

    private func stage(_ record: Record) -> (name: String, at: Int64)? {
        let learned = record["created_at"].instant?.milliseconds ?? 0
        var found: (String, Int64)?
        for entry in record["stage_history"].elements {
            let at = entry.parts[1].instant?.milliseconds ?? (record.schema.name == "deals" ? learned : .max)
            if at < asOf { found = (entry.parts[0].text ?? "", at) }
        }
        return found
    }

    struct Closed {
        let deal: Record
        let at: Int64
        let isWon: Bool
        let euros: Int64
    }

    func closed() -> [Closed] {
        all("deals").compactMap { deal in
            guard let stage = stage(deal), ["won", "lost"].contains(stage.name), isInPeriod(stage.at) else {
                return nil
            }
            return Closed(
                deal: deal, at: stage.at, isWon: stage.name == "won", euros: euros(deal, at: stage.at) ?? 0)
        }
    }

    func openPipeline() -> (count: Int, value: Int64) {
        var (count, value) = (0, Int64(0))
        for deal in all("deals") {
            guard let stage = stage(deal), !["won", "lost"].contains(stage.name) else { continue }
            count += 1
            value += euros(deal, at: asOf, isFrozen: false) ?? 0
        }
        return (count, value)
    }

    func owner(_ deal: Record) -> String { name("users", then(deal, "owner_id").reference) }

    /// Revenue by month, of deals and of purchases that none made.
    func revenue() -> [String: Int64] {
        var sums: [String: Int64] = [:]
        for deal in closed() where deal.isWon { sums[month(deal.at), default: 0] += deal.euros }
        for purchase in all("purchases") where purchase["deal_id"].isNull {
            guard let at = purchase["occurred_at"].instant?.milliseconds, isInPeriod(at),
                purchase["kind"].text != "churn"
            else { continue }
            let amount = euros(purchase, at: at) ?? 0
            sums[month(at), default: 0] += purchase["kind"].text == "refund" ? -amount : amount
        }
        return sums
    }

    // MARK: Leads

    struct Came {
        let lead: Record
        let at: Int64
        /// When each stage was first reached.
        let reached: [String: Int64]
        let now: String
    }

    func captured() -> [Came] {
        all("leads").compactMap { lead in
            guard let at = lead["captured_at"].instant?.milliseconds, isInPeriod(at) else { return nil }
            var reached: [String: Int64] = [:]
            for entry in lead["stage_history"].elements {
                guard let time = entry.parts[1].instant?.milliseconds, time < asOf else { continue }
                let name = entry.parts[0].text ?? ""
                if reached[name] == nil { reached[name] = time }
            }
            return Came(lead: lead, at: at, reached: reached, now: stage(lead)?.name ?? "none")
        }
    }

    // MARK: Spend, traffic, hand-offs

    func observed(_ measure: String) -> [(record: Record, at: Int64)] {
        all("observations").compactMap { record in
            guard record["measure"].text == measure, case .day(let day) = record["on"] else { return nil }
            var calendar = Foundation.Calendar(identifier: .gregorian)
            calendar.timeZone = zone
            let parts = day.parts
            let date = calendar.date(from: DateComponents(year: parts.year, month: parts.month, day: parts.day))
            let at = Int64((date?.timeIntervalSince1970 ?? 0) * 1000)
            return isInPeriod(at) ? (record, at) : nil
        }
    }

    func spend() -> Int64 {
        observed("spend").reduce(0) { sum, observed in
            guard case .day(let day) = observed.record["on"] else { return sum }
            // The day's rate is that of the date, in whatever zone it is asked about.
            let date = Instant("\(day.description)T00:00:00Z")?.milliseconds ?? 0
            return sum + (euros(observed.record, at: date) ?? 0)
        }
    }

    static let ownTypes = ["visit", "click", "form", "content_view", "email_click"]

    func visitors() -> Int {
        var people: Set<String> = []
        for touch in all("touches") where Self.ownTypes.contains(touch["type"].text ?? "") {
            guard touch["suspected_bot"] != .bool(true), let at = touch["occurred_at"].instant?.milliseconds,
                isInPeriod(at)
            else { continue }
            people.insert(touch["lead_id"].reference.map { "\($0)" } ?? touch["visitor_id"].text ?? "")
        }
        return people.count
    }

    func handOffs() -> (accepted: Int, rejected: Int, pending: Int) {
        var counts = (0, 0, 0)
        for handOff in all("handoffs") {
            guard let at = handOff["submitted_at"].instant?.milliseconds, isInPeriod(at) else { continue }
            if let answered = handOff["answered_at"].instant?.milliseconds, answered < asOf {
                if ["accepted", "returned"].contains(handOff["status"].text) { counts.0 += 1 } else { counts.1 += 1 }
            } else {
                counts.2 += 1
            }
        }
        return counts
    }

    // MARK: Attribution

    struct Credit {
        let channel: String
        let campaign: String
        let share: Double
        let euros: Double
    }

    private func time(_ touch: Record) -> Int64 { touch["occurred_at"].instant?.milliseconds ?? 0 }

    /// The touches of a deal's leads that qualify, in order.
    func journey(of deal: Record, before end: Int64, lookbackDays: Int64 = 90) -> [Record] {
        var leads: [Identifier] = []
        // A lead named twice is negotiated with twice, and so are its touches.
        for lead in deal["lead_ids"].elements.compactMap(\.reference) { leads.append(lead) }
        let refused = [
            "impression", "email_open", "email_sent", "email_delivered", "email_bounce", "email_unsubscribe",
            "message_sent",
        ]
        let touches = leads.flatMap { lead in
            all("touches").filter { touch in
                let at = touch["occurred_at"].instant?.milliseconds ?? 0
                return touch["lead_id"].reference == lead && at < end && at >= end - lookbackDays * 86_400_000
                    && touch["suspected_bot"] != .bool(true) && !refused.contains(touch["type"].text ?? "")
            }
        }
        return touches.sorted {
            (time($0), $0.id) < (time($1), $1.id)
        }
    }

    func credits(_ model: AttributionModel) -> (credits: [Credit], unattributed: Int64) {
        var credits: [Credit] = []
        var unattributed: Int64 = 0
        for closed in closed() where closed.isWon {
            let touches = journey(of: closed.deal, before: closed.at)
            if touches.isEmpty { unattributed += closed.euros }
            for (touch, share) in zip(touches, shares(touches, closed, model)) {
                credits.append(
                    Credit(
                        channel: touch["channel"].text ?? "none",
                        campaign: name("campaigns", touch["campaign_id"].reference), share: share,
                        euros: share * Double(closed.euros)))
            }
        }
        return (credits, unattributed)
    }

    private func shares(_ touches: [Record], _ closed: Closed, _ model: AttributionModel) -> [Double] {
        let times = touches.map { time($0) }
        let count = touches.count
        func scaled(_ weights: [Double]) -> [Double] {
            let sum = weights.reduce(0, +)
            return weights.map { $0 / sum }
        }
        let leads = closed.deal["lead_ids"].elements.compactMap(\.reference).compactMap { view.record("leads", $0) }
        let captured = leads.compactMap { $0["captured_at"].instant?.milliseconds }.min()
        let opened = closed.deal["opened_at"].instant?.milliseconds
        func byRoles(_ roles: [Int64?], each: Double, rest: Double) -> [Double] {
            var weights = [Double](repeating: 0, count: count)
            weights[0] += each
            for role in roles {
                if let role, let last = times.lastIndex(where: { $0 <= role }) { weights[last] += each }
            }
            let others = weights.indices.filter { weights[$0] == 0 }
            for place in others { weights[place] = rest / Double(others.count) }
            return scaled(weights)
        }
        guard count > 0 else { return [] }
        switch model {
        case .firstTouch: return (0..<count).map { $0 == 0 ? 1 : 0 }
        case .lastTouch: return (0..<count).map { $0 == count - 1 ? 1 : 0 }
        case .linear: return (0..<count).map { _ in 1 / Double(count) }
        case .timeDecay: return scaled(times.map { pow(2, -Double(closed.at - $0) / (7 * 86_400_000)) })
        case .positionBased:
            if count == 1 { return [1] }
            if count == 2 { return [0.5, 0.5] }
            return (0..<count).map { $0 == 0 || $0 == count - 1 ? 0.4 : 0.2 / Double(count - 2) }
        case .uShaped: return byRoles([captured], each: 40, rest: 20)
        case .wShaped: return byRoles([captured, opened], each: 30, rest: 10)
        case .fullPath: return byRoles([captured, opened, closed.at], each: 22.5, rest: 10)
        case .shapley:
            let channels = touches.map { $0["channel"].text ?? "none" }
            let counts = Dictionary(channels.map { ($0, 1.0) }, uniquingKeysWith: +)
            return channels.map { 1 / Double(counts.count) / (counts[$0] ?? 1) }
        case .markov: return []
        }
    }
}
