internal import Domain
internal import Store

extension Asked {
    /// The deals closed in the period, by the time they were closed, each with its amount.
    func closedDeals() throws(MetricFault) -> [Fact] { try withAmounts(closed()) }

    /// The deals won in the period, each with its amount.
    func wonDeals(in period: Range<Int64>? = nil) throws(MetricFault) -> [Fact] { try withAmounts(won(in: period)) }

    private func withAmounts(_ closed: [Fact]) throws(MetricFault) -> [Fact] {
        var closed = closed
        try setAmounts(of: &closed, facts.deals.amount.span, frozen: facts.deals.baseAmount.span) { $0.at }
        return closed
    }

    /// The deals that were open as of the question, each with its amount as it is now.
    func openDeals() throws(MetricFault) -> [Fact] {
        var found = open()
        try setAmounts(of: &found, facts.deals.amount.span) { _ in asOf }
        return found
    }

    /// Gives facts the amounts of their rows in the answer's currency, by the rates of `time`.
    private func setAmounts(
        of items: inout [Fact], _ sums: Span<Sum>, frozen: Span<Sum>? = nil, at time: (Fact) -> Int64
    ) throws(MetricFault) {
        var facts = items.mutableSpan
        var told = exchange.toldAsIs
        for place in facts.indices {
            let row = Int(facts[place].row)
            if let told, sums[row].currency == told {
                facts[place].value = sums[row].amount
            } else {
                var fact = facts[place]
                try setAmount(of: &fact, sums[row], frozen: frozen?[row] ?? Sum(nil), at: time(fact))
                facts[place] = fact
                told = exchange.toldAsIs
            }
        }
    }

    /// Whether a stage ends a deal.
    @inline(__always)
    func isEnd(_ stage: Int32) -> Bool { stage == facts.won || stage == facts.lost }

    /// Gives a fact an amount in the answer's currency.
    @inline(__always)
    func setAmount(
        of fact: inout Fact, _ sum: Sum, frozen: Sum = Sum(nil), at time: Int64
    ) throws(MetricFault) {
        if let amount = try exchange.amount(sum, frozen: frozen, at: time) {
            fact.value = amount
        } else {
            fact.marks.insert(.hasNoValue)
        }
    }

    /// The deals won in the period, and what was bought and given back then without a deal.
    func revenue() throws(MetricFault) -> [Fact] {
        let kinds = facts.purchaseKinds
        // Joined in place: two lists put together would be copied.
        var found = try wonDeals()
        for (row, purchase) in facts.purchases.facts.enumerated() where contains(purchase.at) {
            guard !purchase.isOfDeal, purchase.kind != kinds.churn else { continue }
            var fact = Fact(.purchases, Int32(row), at: purchase.at)
            try setAmount(of: &fact, purchase.amount, frozen: purchase.baseAmount, at: purchase.at)
            if purchase.kind == kinds.refund { fact.value = -fact.value }
            found.append(fact)
        }
        return found
    }
}
