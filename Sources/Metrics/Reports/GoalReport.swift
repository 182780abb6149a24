internal import Domain
public import JSON
public import Store

/// The goals of both departments, side by side.
public enum GoalReport {
    /// What it is, in one sentence.
    public static let definition =
        "Of every goal whose period has begun: actual ÷ target, against the share of the period that is gone."

    /// The report as of an instant.
    ///
    /// - Parameter sees: whether the asker's figures have a record, where the company narrows them.
    public static func answer(
        asOf now: Instant, in facts: Facts, sees: (@Sendable (Record) -> Bool)? = nil
    ) -> JSON {
        var departments: [String: [JSON]] = [:]
        facts.view.forEach(Goal.schema.name) { goal in
            let zone = goal["time_zone"].text.flatMap(Zone.init) ?? .utc
            guard case .day(let from) = goal["from"], zone.start(of: from) <= now else { return }
            let department = goal["department"].text ?? ""
            var members: [JSON.Member] = [
                .init("name", .string(goal["name"].text ?? "")), .init("department", .string(department)),
            ]
            do throws(MetricFault) {
                members += try Progress.json(of: goal, at: now, in: facts, sees: sees).members ?? []
            } catch {
                members += [
                    .init("goal_id", .string(goal.idText)), .init("progress", .null),
                    .init("reason", .string(error.reason)),
                ]
            }
            departments[department, default: []].append(.object(members))
        }
        return .object(
            [
                .init("report", "goals"), .init("definition", .string(definition)),
                .init("as_of", .string(now.description)), .init("seq", .integer(facts.view.seq)),
            ] + Words.departments.map { .init($0, .array(departments[$0] ?? [])) })
    }
}

extension MetricFault {
    /// Why there is no answer, in words.
    public var reason: String {
        switch self {
        case .noRate(let from, let to, let day):
            "there is no exchange rate from \(from) to \(to)" + (day.map { " on \($0) or before" } ?? "")
        case .tooManyGroups(let count): "it would have \(count) groups"
        case .oneSided(let narrowed, let others, _):
            "it is narrowed by a field of \(narrowed.joined(separator: ", ")) that \(others.joined(separator: ", ")) do not have"
        case .needsPeriod(let reason), .notEnough(let reason): reason
        }
    }
}
