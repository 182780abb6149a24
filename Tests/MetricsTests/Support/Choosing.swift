import Domain
import JSON
import Metrics
import Store
import Testing

extension Company {
    /// The answer where more is chosen than the words of a question say.
    func ask(
        _ metric: String, _ question: String = "", choosing choose: (inout Question.Options) -> Void
    ) throws -> JSON {
        try #require(Catalogue.metric(metric)).answer(
            self.question(question, choosing: choose), in: Facts(of: view), rows: .none
        ).json
    }

    /// A question where more is chosen than its words say.
    func question(
        _ text: String = "", choosing choose: (inout Question.Options) -> Void = { _ in }
    ) throws -> Question {
        var question = try Question(text)
        choose(&question.options)
        return question
    }

    /// What another system counted on a day.
    @discardableResult
    func observe(_ measure: String, _ on: String, _ value: Double, _ more: [String: JSON] = [:]) throws -> Record {
        try create(
            "observations",
            .fields(["measure": .string(measure), "on": .string(on), "value": .number(value)], more))
    }

    /// What was spent on a day, in minor units.
    @discardableResult
    func spend(
        _ on: String, _ amount: Int64, measure: String = "spend", _ more: [String: JSON] = [:]
    ) throws -> Record {
        try create(
            "observations",
            .fields(["measure": .string(measure), "on": .string(on), "amount": .euros(amount)], more))
    }
}

extension JSON {
    /// An object of fields, and others that take their place.
    static func fields(_ fields: [String: JSON], _ more: [String: JSON] = [:]) -> JSON {
        .object(fields.merging(more) { $1 }.map { .init($0.key, $0.value) })
    }

    /// An amount in cents.
    static func euros(_ amount: Int64) -> JSON { ["amount": .integer(amount), "currency": "EUR"] }

    /// The amount of money in minor units.
    var amount: Int64? { self["amount"]?.wholeNumber }
}
