internal import Domain
internal import Store

extension Asked {
    /// The deals closed in the period, each with its amount.
    func closedWithAmounts() throws(MetricFault) -> [Fact] { try withAmounts(closedDeals(won: true, lost: true)) }

    /// The deals won in the period, each with its amount.
    func wonDeals(in period: Range<Int64>? = nil) throws(MetricFault) -> [Fact] {
        try withAmounts(closedDeals(in: period, won: true, lost: false))
    }

    private func withAmounts(_ closed: [ClosedDeal]) throws(MetricFault) -> [Fact] {
        if leavesOut {
            var found = try counted(closed.map { $0.fact(facts) })
            for place in found.indices {
                let row = Int(found[place].row)
                try setAmount(
                    of: &found[place], facts.deals.amount[row], frozen: facts.deals.baseAmount[row], at: found[place].at
                )
            }
            return found
        }
        var found: [Fact] = []
        found.reserveCapacity(closed.count)
        try forEachAmount(of: closed) { index, amount in
            var fact = closed[index].fact(facts)
            fact.set(amount)
            found.append(fact)
        }
        return found
    }

    /// Visits deals by their places, each with what it was closed at in the answer's currency; `nil` of one that has no
    /// amount.
    @inline(__always)
    func forEachAmount(of deals: [ClosedDeal], _ visit: (Int, Int64?) -> Void) throws(MetricFault) {
        let (deals, sums, frozen) = (deals.span, facts.deals.amount.span, facts.deals.baseAmount.span)
        var told = exchange.toldAsIs
        for index in deals.indices {
            let row = Int(deals[index].row)
            if let told, sums[row].currency == told {
                visit(index, sums[row].amount)
            } else {
                visit(index, try exchange.amount(sums[row], frozen: frozen[row], at: deals[index].at))
                told = exchange.toldAsIs
            }
        }
    }

    /// The deals that were open as of the question, each with its amount as it is now.
    func openDeals() throws(MetricFault) -> [Fact] {
        var found = try counted(open())
        for place in found.indices {
            try setAmount(of: &found[place], facts.deals.amount[Int(found[place].row)], at: asOf)
        }
        return found
    }

    /// Whether a stage ends a deal.
    @inline(__always)
    func isEnd(_ stage: Int32) -> Bool { stage == facts.won || stage == facts.lost }

    /// Gives a fact an amount in the answer's currency.
    @inline(__always)
    func setAmount(
        of fact: inout Fact, _ sum: Sum, frozen: Sum = Sum(nil), at time: Int64
    ) throws(MetricFault) {
        fact.set(try exchange.amount(sum, frozen: frozen, at: time))
    }

    /// The deals won in the period, and what was bought and given back then without a deal.
    func revenue() throws(MetricFault) -> [Fact] {
        var found = try wonDeals()
        found += try purchasesWithoutDeal()
        return found
    }

    /// What was bought and given back in the period without a deal.
    func purchasesWithoutDeal() throws(MetricFault) -> [Fact] {
        var found = try counted(purchasesFound())
        try tellAmounts(of: &found)
        return found
    }

    /// The same without its amounts.
    func purchasesFound() -> [Fact] {
        let purchases = facts.purchases.facts.span
        let churn = facts.purchaseKinds.churn
        var found: [Fact] = []
        found.reserveCapacity(facts.purchasesOfNoDeal.count)
        facts.purchasesOfNoDeal.forEach { row in
            guard contains(purchases[row].at), purchases[row].kind != churn else { return }
            found.append(Fact(.purchases, Int32(row), at: purchases[row].at))
        }
        return found
    }

    /// Gives purchases their amounts in the answer's currency; what is given back counts against what is bought.
    func tellAmounts(of found: inout [Fact]) throws(MetricFault) {
        let purchases = facts.purchases.facts.span
        let refund = facts.purchaseKinds.refund
        var found = found.mutableSpan
        var told = exchange.toldAsIs
        for place in found.indices {
            let row = Int(found[place].row)
            let sum = purchases[row].amount
            if let told, sum.currency == told {
                found[place].value = sum.amount
            } else {
                try setAmount(of: &found[place], sum, frozen: purchases[row].baseAmount, at: found[place].at)
                told = exchange.toldAsIs
            }
            if purchases[row].kind == refund { found[place].value = -found[place].value }
        }
    }
}

extension Fact {
    /// Gives it a value, or none.
    @inline(__always)
    fileprivate mutating func set(_ amount: Int64?) {
        if let amount { value = amount } else { marks.insert(.hasNoValue) }
    }
}
