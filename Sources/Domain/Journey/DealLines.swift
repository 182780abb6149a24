internal import Store

/// What a deal or an offer is made of: products, how many, and at what price.
enum DealLines {
    /// The field; deals and offers declare it alike.
    static let field = Field(
        "lines",
        .objects([
            Field("product_id", .reference(Product.reference), "The product.").required(),
            Field("quantity", .number(0.000001...1_000_000_000), "How many; 1 where not given."),
            Field("unit_price", .money, "What one costs; the product's list price where not given."),
        ]), "What is sold."
    ).with(default: .list([]))

    /// Completes quantities and prices, and the amount where none is given.
    static func complete(_ draft: inout Draft, in transaction: Transaction, _ faults: inout [Fault]) {
        var lines = draft["lines"].elements
        guard !lines.isEmpty else { return }
        for place in lines.indices {
            var parts = lines[place].parts
            if parts[1].isNull { parts[1] = .number(1) }
            if parts[2].isNull { parts[2] = listPrice(of: parts[0], in: transaction) ?? .null }
            if parts[2].isNull {
                faults.append(Fault("/lines/\(place)/unit_price", "is required where the product has no list_price"))
            } else if let price = parts[2].money, price.amount < 0 {
                faults.append(Fault("/lines/\(place)/unit_price", "must not be negative"))
            }
            lines[place] = .object(parts)
        }
        draft["lines"] = .list(lines)
        let prices = lines.compactMap { line in line.parts[2].money.map { (quantity(line), $0) } }
        guard faults.isEmpty, let sum = sum(prices, at: "/lines", &faults) else { return }
        if draft["amount"].isNull { draft["amount"] = .money(sum) }
    }

    /// What lines cost at list price; a product without one at the price of its line.
    static func listAmount(of lines: Value, in transaction: Transaction) -> Money? {
        var faults: [Fault] = []
        let prices = lines.elements.compactMap { line in
            (listPrice(of: line.parts[0], in: transaction) ?? line.parts[2]).money.map { (quantity(line), $0) }
        }
        return sum(prices, at: "", &faults)
    }

    /// What lines cost at their own prices.
    static func amount(of lines: Value) -> Money? {
        var faults: [Fault] = []
        return sum(
            lines.elements.compactMap { line in line.parts[2].money.map { (quantity(line), $0) } }, at: "", &faults)
    }

    private static func quantity(_ line: Value) -> Double {
        guard case .number(let quantity) = line.parts[1] else { return 1 }
        return quantity
    }

    private static func listPrice(of product: Value, in transaction: Transaction) -> Value? {
        let record = product.reference.flatMap { transaction.record(Product.schema.name, $0) }
        return record.flatMap { $0["list_price"].isNull ? nil : $0["list_price"] }
    }

    /// Quantities times prices, each line rounded to the minor unit.
    private static func sum(
        _ prices: [(quantity: Double, price: Money)], at pointer: String, _ faults: inout [Fault]
    ) -> Money? {
        guard let currency = prices.first?.price.currency else { return nil }
        var sum: Int64 = 0
        for (quantity, price) in prices {
            guard price.currency == currency else {
                faults.append(Fault(pointer, "must have one currency, not \(currency) and \(price.currency)"))
                return nil
            }
            let line = (quantity * Double(price.amount)).rounded(.toNearestOrEven)
            guard let amount = Int64(exactly: line), case (let next, false) = sum.addingReportingOverflow(amount),
                next.magnitude <= Money.amountMax
            else {
                faults.append(Fault(pointer, "cost more than can be counted"))
                return nil
            }
            sum = next
        }
        return Money(amount: sum, currency: currency)
    }
}
