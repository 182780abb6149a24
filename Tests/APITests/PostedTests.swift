import JSON
import Store
import Testing

@testable import API
@testable import Domain

/// Of every resource its example, and what becomes of it with each member another.
@Suite("What is posted for any resource")
struct PostedTests {
    @Test("is read from its bytes as from a value", arguments: Resources.all.map { $0.schema.name })
    func all(name: String) throws {
        let resource = try #require(Resources.all.first { $0.schema.name == name })
        let members = try #require(Examples.input(of: resource.schema).members)
        try Self.compare(resource, members)
        let others: [JSON] = [
            nil, true, -1, 1.5, "", "x", [], ["x"], [nil], [:], ["x": 1], ["amount": 5, "currency": "EUR"],
            ["amount": 5, "currency": "eur"], "2026-01-31", "2026-01-31T09:00:00Z",
        ]
        for field in resource.schema.fields {
            let rest = members.filter { $0.name != field.name }
            try Self.compare(resource, rest)
            for other in others { try Self.compare(resource, rest + [.init(field.name, other)]) }
        }
        try Self.compare(resource, members + [.init("id", "x")])
        try Self.compare(resource, members + [.init("no_such_member", nil)])
    }

    private static func compare(_ resource: any Resource.Type, _ members: [JSON.Member]) throws {
        let input = JSON.object(members)
        let whole = Posted(resource, input)
        let plain = try Posted(resource, reading: JSONWriter.encode(input))
        #expect(plain.values == whole.values, "\(input)")
        #expect(plain.faults == whole.faults, "\(input)")
        #expect(plain.given == whole.given, "\(input)")
    }
}
