internal import Domain
internal import Store

/// Figures over what buyers object to and what is offered.
enum NegotiationFigures {
    static let all = [
        Metric(
            "objections", unit: "count", better: .less, .count, of: [.objections],
            dimensions: Dimension.ofDeals + [.category, .content],
            "The objections raised in the period; group_by=category tells what buyers object to."
        ) { asked in asked.objections() },
        Metric(
            "objections_answered", unit: "ratio", .share(isOfTwoSets: false), of: [.objections], bases: [.cohort],
            dimensions: Dimension.ofDeals + [.category, .content],
            "Of the objections raised in the period, the share that was answered since."
        ) { asked in
            asked.objections().map { fact in
                asked.facts.objections[fact.row].answeredAt < asked.asOf
                    ? fact : fact.marked([.isBelowOnly, .isUnfinished])
            }
        },
        Metric(
            "discount_given", unit: "ratio", better: .less,
            .composed(.ratio(.init(name: "discount", measure: .money), .init(name: "list", measure: .money))),
            of: [.deals], dimensions: Dimension.ofDeals,
            "(list − agreed) ÷ list, over the deals won in the period whose accepted offer has a list price; agreed is what the deal was won for."
        ) { asked throws(MetricFault) in
            var found: [Fact] = []
            for deal in try asked.counted(asked.won()) {
                guard let offer = asked.acceptedOffer(of: deal.row),
                    let (list, agreed) = try asked.amounts(of: offer, deal)
                else { continue }
                var (discount, whole) = (deal, deal.asPart(1))
                (discount.value, whole.value) = (list &- agreed, list)
                found += [discount, whole]
            }
            return found
        },
        Metric(
            "negotiation_rounds", unit: "count", better: .less,
            .composed(.ratio(.init(name: "offers", measure: .count), .init(name: "deals", measure: .count))),
            of: [.deals], dimensions: Dimension.ofDeals, sides: [[.offers], [.deals]],
            "Offers ÷ deals, over the deals won in the period that had an offer."
        ) { asked in
            var found: [Fact] = []
            for deal in asked.won() {
                let offers = asked.facts.offersOfDeal.all(of: deal.row).filter {
                    asked.facts.offers[$0].offeredAt < asked.asOf
                }
                found += offers.map { Fact(.offers, $0, at: deal.at, stage: deal.stage) }
                if !offers.isEmpty { found.append(deal.asPart(1)) }
            }
            return found
        },
    ]
}

extension Asked {
    /// The objections raised in the period.
    func objections() -> [Fact] {
        facts.objections.facts.enumerated().compactMap { row, objection in
            guard contains(objection.raisedAt) else { return nil }
            let state = objection.deal < 0 ? nil : facts.deals.state(of: Int(objection.deal), asOf: asOf)
            return Fact(.objections, Int32(row), at: objection.raisedAt, stage: state?.stage ?? WordList.none)
        }
    }

    /// What an offer listed and what its deal was won for, both at one rate.
    fileprivate func amounts(of offer: OfferRow, _ deal: Fact) throws(MetricFault) -> (list: Int64, agreed: Int64)? {
        let (amount, frozen) = (facts.deals.amount[Int(deal.row)], facts.deals.baseAmount[Int(deal.row)])
        guard let agreed = try exchange.amount(amount, frozen: frozen, at: deal.at) else { return nil }
        let isConverted = amount.currency != exchange.currency
        if isConverted, offer.listAmount.currency == amount.currency, amount.amount != 0 {
            let list = Int128(offer.listAmount.amount) * Int128(agreed)
            return (Statistics.roundedQuotient(list, Int128(amount.amount)), agreed)
        }
        return try exchange.amount(offer.listAmount, at: deal.at).map { ($0, agreed) }
    }

    fileprivate func acceptedOffer(of deal: Int32) -> OfferRow? {
        facts.offersOfDeal.all(of: deal).map { facts.offers[$0] }.filter { $0.acceptedAt < asOf }
            .max { $0.round < $1.round }
    }
}
