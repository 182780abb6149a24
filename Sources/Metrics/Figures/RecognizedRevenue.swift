internal import Domain
internal import Store

extension Customer {
    /// The revenue of a time, in which what was bought for a term counts in equal parts, one each month from the day on that
    /// it was bought, until it ends: who pays for a year at once brings as much a month as who pays by the month.
    ///
    /// What is given back of a term that runs is spread alike over the months that are left of it.
    func recognizedRevenue(in period: Range<Int64>, _ zone: Zone) -> Int64 {
        let running = termsInTurn(zone)
        return Statistics.sum(
            purchases.indices.lazy.filter { purchases[$0].isMoney }.map { place -> Int64 in
                let paid = purchases[place]
                let term = paid.isBuying ? running[place] : termGivenBack(by: place, of: running)
                guard let term, term.termMonths > 1 else { return period.contains(paid.at) ? paid.amount : 0 }
                // A term's first part is due with it; of what is given back those count that come after.
                let first = paid.isBuying ? 0 : Self.months(of: term, before: paid.at, zone)
                guard first < Int(term.termMonths) else { return period.contains(paid.at) ? paid.amount : 0 }
                return Self.parts(of: paid.amount, term, from: first, in: period, zone)
            })
    }

    /// The purchases, each renewal from the end of the term that it renews on, since most are signed before it.
    private func termsInTurn(_ zone: Zone) -> [Bought] {
        guard purchases.contains(where: { $0.isRenewal && $0.termMonths > 0 }) else { return purchases }
        var (running, ends) = (purchases, [Int32: Int64]())
        for place in running.indices {
            let bought = running[place]
            if bought.kind == .end { ends = [:] }
            if bought.kind == .endOfOne { ends[bought.product] = nil }
            guard bought.isBuying, bought.termMonths > 0 else { continue }
            if bought.isRenewal, let end = ends[bought.product] { running[place].at = max(bought.at, end) }
            ends[bought.product] = Self.start(ofMonth: Int(bought.termMonths), of: running[place], zone)
        }
        return running
    }

    /// What a refund gives back of: the purchase before it, of its product where it names one.
    private func termGivenBack(by place: Int, of running: [Bought]) -> Bought? {
        let refund = purchases[place]
        return running[..<place].last {
            $0.isBuying && (refund.product < 0 || $0.product == refund.product)
        }
    }

    /// How many parts of a term are due up to an instant.
    private static func months(of term: Bought, before instant: Int64, _ zone: Zone) -> Int {
        let count = max(0, monthNumber(instant, zone) - monthNumber(term.at, zone))
        return start(ofMonth: count, of: term, zone) <= instant ? count + 1 : count
    }

    /// Those parts of an amount that is spread over a term from one of its months on which are due in a period.
    private static func parts(
        of amount: Int64, _ term: Bought, from first: Int, in period: Range<Int64>, _ zone: Zone
    ) -> Int64 {
        guard !period.isEmpty else { return 0 }
        let own = monthNumber(term.at, zone)
        let low = max(first, monthNumber(period.lowerBound, zone) - own)
        let high = min(Int(term.termMonths) - 1, monthNumber(period.upperBound - 1, zone) - own)
        guard low <= high else { return 0 }
        let count = Int128(Int(term.termMonths) - first)
        return Statistics.sum(
            (low...high).lazy.filter { month in
                let due = start(ofMonth: month, of: term, zone)
                return period.contains(due) && due < term.endedAt
            }.map { month in
                let before = Int128(month - first)
                return Int64(Int128(amount) * (before + 1) / count - Int128(amount) * before / count)
            })
    }

    private static func monthNumber(_ instant: Int64, _ zone: Zone) -> Int {
        Int(CalendarUnit.month.number(of: zone.day(of: Instant(milliseconds: instant))))
    }

    /// When a month of a term begins: the same time of the same day, or of the last where the month is shorter.
    private static func start(ofMonth month: Int, of term: Bought, _ zone: Zone) -> Int64 {
        let start = Instant(milliseconds: term.at)
        return zone.instant(start, movedTo: zone.day(of: start).advanced(byMonths: month)).milliseconds
    }
}
