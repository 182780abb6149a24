internal import Domain
internal import JSON
internal import Store

extension Asked {
    /// How the answer of a report begins.
    func head(_ report: String, _ definition: String, _ basis: Question.Basis = .event) -> [JSON.Member] {
        [
            .init("report", .string(report)), .init("definition", .string(definition)),
            .init("from", question.from.map { .string($0.description) } ?? .null),
            .init("to", .string((question.to ?? question.asOf).description)), .init("tz", .string(question.zone.name)),
            .init("basis", .string(basis.rawValue)), .init("as_of", .string(question.asOf.description)),
            .init("seq", .integer(facts.view.seq)),
        ]
    }

    /// Money of an answer; `hundredths` of a minor unit.
    func money(_ hundredths: Int128, by count: Int128 = 1) -> JSON {
        [
            "amount": .integer(Statistics.roundedQuotient(hundredths, count * 100)),
            "currency": exchange.currency.map { .string($0.description) } ?? .null,
        ]
    }

    /// Money of an answer, in minor units.
    func money(_ amount: Double) -> JSON {
        money(Int128((amount.rounded(.toNearestOrEven))) * 100)
    }
}

extension Statistics {
    /// A share with the rows it rests on and Wilson's interval.
    ///
    /// - Parameter unfinished: of how many of those that are not in the numerator time has yet to tell.
    static func share(_ count: Int, of all: Int, unfinished: Int = 0) -> JSON {
        var members: [JSON.Member] = [
            .init("value", all == 0 ? .null : .number(Double(count) / Double(all))),
            .init("numerator", .integer(Int64(count))), .init("denominator", .integer(Int64(all))),
        ]
        if let interval = wilson(Double(count), of: Double(all)) {
            members.append(
                .init("interval", ["low": .number(interval.low), "high": .number(interval.high), "level": 0.95]))
        } else {
            members.append(.init("reason", "nothing to divide by: the denominator is 0"))
        }
        if unfinished > 0 { members.append(.init("unfinished", .integer(Int64(unfinished)))) }
        return .object(members)
    }
}
