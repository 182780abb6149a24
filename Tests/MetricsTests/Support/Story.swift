import Domain
import Foundation
import JSON
import Store
import Testing

extension Company {
    /// Tells a story: `{"create": resource, "as": name, "with": {…}}` and `{"do": action, "on": name, "with": {…}}`.
    ///
    /// - Returns: the records made, by the names they were given.
    @discardableResult
    func tell(_ steps: [JSON]) throws -> [String: Record] {
        var made: [String: Record] = [:]
        for step in steps {
            let input = Self.resolved(step["with"] ?? [:], made)
            let record: Record
            if let kind = step["create"]?.text {
                record = try create(kind, input)
            } else {
                let subject = try #require(made[step["on"]?.text ?? ""], "\(step)")
                record = try act(step["do"]?.text ?? "", subject, input)
            }
            if let name = step["as"]?.text { made[name] = record }
        }
        return made
    }

    /// The demonstration's company, as it stood at the end of the year.
    static func demo() throws -> Company {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")
        let bytes = try Data(contentsOf: sources.appending(path: "tandem/Resources/demo.json"))
        let company = try Company(at: "2026-12-31T00:00:00Z")
        try company.tell(try #require(try JSONParser.parse(Array(bytes)).elements))
        return company
    }

    private static func resolved(_ json: JSON, _ made: [String: Record]) -> JSON {
        switch json {
        case .string(let text) where text.hasPrefix("$"): made[String(text.dropFirst())]?.ref ?? json
        case .array(let elements): .array(elements.map { resolved($0, made) })
        case .object(let members): .object(members.map { .init($0.name, resolved($0.value, made)) })
        default: json
        }
    }
}

extension Record {
    /// The id as another record's member refers to it.
    var ref: JSON { .string(idText) }
}
