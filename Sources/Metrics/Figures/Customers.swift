internal import Domain
internal import Store

/// One customer: an account, or a person where there is none, and all it bought.
struct Customer {
    let kind: FactKind
    let row: Int32
    /// The person by whom an account came to be a customer, where one is known.
    var lead = RowIDs.none
    /// In order of time.
    var purchases: [Bought] = []

    /// One purchase, refund or end.
    struct Bought {
        enum Kind {
            case purchase, refund
            /// The end of all that it has, or of one product beside others.
            case end, endOfOne
        }

        var at: Int64
        /// Minor units of the answer's currency; negative what was given back, 0 what ended.
        var amount: Int64 = 0
        let row: Int32
        var kind: Kind
        let product: Int32
        let termMonths: Int32
        let isRenewal: Bool
        /// When what was bought ended; ``Facts/never`` where it did not.
        var endedAt = Facts.never
    }

    /// What tells it from the others.
    static func key(_ kind: FactKind, _ row: Int32) -> Int64 { Int64(kind.rawValue) << 32 | Int64(row) }

    /// When it first bought; `nil` where it never did.
    var firstAt: Int64? { purchases.first { $0.isBuying }?.at }

    /// Whether it had bought, and had not ended since, before an instant.
    func isActive(at instant: Int64) -> Bool {
        guard let last = purchases.last(where: { $0.at < instant && $0.kind != .refund }) else { return false }
        return last.kind != .end
    }

    /// Tells when each thing bought ended, and which ends left nothing.
    ///
    /// An end that names a product which was bought is that product's, any other is that of all.
    fileprivate mutating func settleEnds() {
        guard purchases.contains(where: { $0.kind == .end }) else { return }
        var running: [Int32: [Int]] = [:]
        for place in purchases.indices {
            let (kind, product) = (purchases[place].kind, purchases[place].product)
            if kind == .purchase { running[product, default: []].append(place) }
            guard kind == .end else { continue }
            for one in product >= 0 && running[product] != nil ? [product] : Array(running.keys) {
                for bought in running[one] ?? [] { purchases[bought].endedAt = purchases[place].at }
                running[one] = []
            }
            if running.values.contains(where: { !$0.isEmpty }) { purchases[place].kind = .endOfOne }
        }
    }

    /// The times before an instant in which it was one: from a purchase to the next end, `nil` where it still is.
    func spells(before instant: Int64) -> [(start: Int64, end: Int64?)] {
        var spells: [(start: Int64, end: Int64?)] = []
        for purchase in purchases where purchase.at < instant {
            let isOn = spells.last.map { $0.end == nil } ?? false
            if purchase.isBuying, !isOn { spells.append((purchase.at, nil)) }
            if purchase.kind == .end, isOn { spells[spells.count - 1].end = purchase.at }
        }
        return spells
    }

    /// What it paid in a time, less what it got back.
    func revenue(in period: Range<Int64>) -> Int64 {
        Statistics.sum(purchases.lazy.filter { period.contains($0.at) }.map(\.amount))
    }

    func fact(at time: Int64) -> Fact {
        var fact = Fact(kind, row, at: time)
        if kind == .accounts { fact.link = lead }
        return fact
    }
}

extension Facts {
    /// Whose purchase it is: the account that it names, or that of the person who bought.
    func account(of purchase: PurchaseRow) -> Int32 {
        if purchase.account >= 0 { return purchase.account }
        let lead = lead(of: purchase)
        return lead < 0 ? lead : leads.account[Int(lead)]
    }

    /// The person who bought, or the first of the deal that it came of.
    func lead(of purchase: PurchaseRow) -> Int32 {
        purchase.lead >= 0 || purchase.deal < 0 ? purchase.lead : deals.lead[Int(purchase.deal)]
    }
}

extension Customer.Bought {
    var isBuying: Bool { kind == .purchase }
    /// Whether something was paid by it or given back.
    var isMoney: Bool { kind == .purchase || kind == .refund }
}

extension Asked {
    /// All customers that the asker's figures have, with what they bought before the instant asked for.
    ///
    /// - Parameter withMoney: whether amounts are told; of those who only count them no rate need be known.
    func customers(withMoney: Bool = true) throws(MetricFault) -> [Customer] {
        let kinds = facts.purchaseKinds
        var places: [Int64: Int] = [:]
        var customers: [Customer] = []
        for (row, purchase) in facts.purchases.facts.enumerated()
        where purchase.at < asOf && purchase.takenBackAt >= asOf {
            let account = facts.account(of: purchase)
            let kind = account >= 0 ? FactKind.accounts : .leads
            let who = account >= 0 ? account : purchase.lead
            // A deal won of nobody is nobody's purchase.
            guard who >= 0, sees(Fact(kind, who, at: 0)) else { continue }
            let deed: Customer.Bought.Kind =
                purchase.kind == kinds.churn ? .end : purchase.kind == kinds.refund ? .refund : .purchase
            let key = Customer.key(kind, who)
            let place = places[key] ?? customers.count
            if place == customers.count {
                places[key] = place
                customers.append(Customer(kind: kind, row: who))
            }
            customers[place].purchases.append(
                .init(
                    at: purchase.at, row: Int32(row), kind: deed, product: purchase.product,
                    termMonths: purchase.termMonths, isRenewal: purchase.kind == kinds.renewal))
        }
        for place in customers.indices {
            customers[place].purchases.sort { $0.at == $1.at ? $0.row < $1.row : $0.at < $1.at }
            customers[place].settleEnds()
            customers[place].lead =
                customers[place].purchases.lazy.map { facts.lead(of: facts.purchases[$0.row]) }.first { $0 >= 0 }
                ?? RowIDs.none
        }
        return withMoney ? try paying(customers) : customers
    }

    /// Those of some customers that the question counts, with what they paid.
    private func paying(_ all: [Customer]) throws(MetricFault) -> [Customer] {
        var customers = all
        if leavesOut {
            let counted = Set(try counted(all.map { $0.fact(at: 0) }).map { Customer.key($0.kind, $0.row) })
            customers = all.filter { counted.contains(Customer.key($0.kind, $0.row)) }
        }
        for place in customers.indices {
            for index in customers[place].purchases.indices where customers[place].purchases[index].isMoney {
                let bought = customers[place].purchases[index]
                let purchase = facts.purchases[bought.row]
                let amount =
                    try exchange.amount(purchase.amount, frozen: purchase.baseAmount, at: purchase.at) ?? 0
                customers[place].purchases[index].amount = bought.isBuying ? amount : -amount
            }
        }
        return customers
    }

    /// The gross margin of the company, as a share.
    ///
    /// - Throws: ``MetricFault/notEnough(_:)`` where nobody has said it.
    func margin() throws(MetricFault) -> Double {
        guard let percent = Settings.grossMarginPercent(in: facts.view) else {
            throw .notEnough(
                "it rests on the gross margin, which nobody has said: set gross_margin_percent in settings")
        }
        return percent / 100
    }
}
