internal import Store

/// The deals closed in a period, added up by group straight from their columns, without a fact for each.
struct ColumnDeals {
    let groups: Groups?
    let sums: Sums

    /// What the deals of one pair of numbers add up to.
    private struct Cell {
        var count: Int64 = 0
        var won: Int64 = 0
        /// Minor units.
        var amount: Int128 = 0
        var withoutAmount: Int64 = 0

        @inline(__always)
        mutating func add(_ amount: Int64?) {
            count &+= 1
            if let amount { self.amount &+= Int128(amount) } else { withoutAmount &+= 1 }
        }

        var part: Tally.Part { Tally.Part(count: count, hundredths: amount * 100, withoutValue: withoutAmount) }
    }

    /// Adds up, where the question asks for all deals that were closed.
    ///
    /// Borrowed, here and below: an initializer would count the holders of all columns anew.
    init?(_ metric: Metric, _ asked: borrowing Asked, _ reader: DimensionReader) throws(MetricFault) {
        let question = asked.question
        guard case .closedDeals(let won, let lost, let withPurchases) = metric.columns, question.asksForAll,
            question.basis == .event, !question.options.isWeighedByAmount
        else { return nil }
        let deals = asked.closedDeals(won: won, lost: lost)
        var purchases = withPurchases ? asked.purchasesFound() : []
        let numbers = question.groupBy.map { dimension in
            var numbers = reader.numbers(of: deals, dimension, room: purchases.count)
            if !purchases.isEmpty { numbers += reader.numbers(of: purchases, dimension) }
            return numbers
        }
        guard let places = PairPlaces(numbers, count: deals.count + purchases.count), places.all <= Self.placesMax
        else { return nil }
        var cells = [Cell](repeating: Cell(), count: places.all)
        if metric.isOfMoney {
            try Self.addAmounts(of: deals, asked, places, to: &cells)
        } else {
            Self.count(deals, places, to: &cells)
        }
        try asked.tellAmounts(of: &purchases)
        for (index, purchase) in purchases.enumerated() {
            cells[Int(places.ofFact[deals.count + index])].add(purchase.known)
        }
        let found = cells.indices.filter { cells[$0].count > 0 }
        groups =
            question.groupBy.isEmpty
            ? nil : try Groups(places.pairs(at: found), by: question.groupBy, reader, question)
        var added = Sums.Added(of: groups, metric)
        for (index, place) in found.enumerated() {
            let (cell, group) = (cells[place], groups?.place(ofFact: index) ?? 0)
            switch metric.shape {
            case .count: added.tallies[group].rows += cell.count
            case .share:
                added.tallies[group].above.count += cell.won
                added.tallies[group].below.count += cell.count
            default: added.parts[group].add(cell.part)
            }
        }
        sums = Sums(added)
    }

    /// A table of more takes longer to clear than its deals to add up.
    private static let placesMax = 200_000

    private static func count(_ deals: [ClosedDeal], _ places: PairPlaces, to cells: inout [Cell]) {
        let (deals, places) = (deals.span, places.ofFact.span)
        var cells = cells.mutableSpan
        for index in deals.indices {
            let place = Int(places[index])
            cells[place].count &+= 1
            cells[place].won &+= deals[index].isWon ? 1 : 0
        }
    }

    private static func addAmounts(
        of deals: [ClosedDeal], _ asked: Asked, _ places: PairPlaces, to cells: inout [Cell]
    ) throws(MetricFault) {
        let places = places.ofFact.span
        var cells = cells.mutableSpan
        try asked.forEachAmount(of: deals) { index, amount in cells[Int(places[index])].add(amount) }
    }
}
