import TestSupport
import Testing

@testable import Store

/// Whatever way a page is found, walking it by cursors gives what filtering and sorting all records gives.
@Suite("Pages of a query")
struct PageTests {
    private static let people = Schema(
        "people", prefix: "person", "Whom tests list.",
        fields: [
            Field("email", .email, "Unique and, as addresses are, long and much alike.").unique(),
            Field("name", .text(max: 200), "A name.").indexed(),
            Field("stage", .choice(["cold", "warm", "hot"]), "Lists of it are ordered by when.")
                .indexed(orderedBy: "seen_at", "visits"),
            Field("seen_at", .instant, "When, or never."), Field("visits", .integer(-5...5), "How often.").indexed(),
            Field("badge", .text(max: 20), "What some of them have.").indexedWhereThere(),
        ])

    private static let names = [
        "", "Ada", "ada", "Élodie", "E\u{301}lodie", "Élodies", "E\u{301}lodie a",
        "a name of which there are several, as long as this",
        "a name of which there are several, as long as that", "a name of which there a",
        "a name of which there are sev",
        "日本", "\u{10FFFF}",
    ]

    private static func table(_ random: inout SplitMix) -> Table {
        var table = Table(schema: people)
        var id = Identifier.least
        for number in 0..<300 {
            id = Identifier.next(after: id, now: Instant(milliseconds: Int64(number / 3)))
            var draft = Draft(id: id, schema: people)
            let start = Bool.random(using: &random) ? "Somebody.With.A.Long.Name" : "x"
            draft["email"] = .text("\(start)-\((number * 7919) % 300)@example.com")
            draft["name"] = .text(names[Int.random(in: 0..<names.count, using: &random)])
            draft["stage"] = .text(["cold", "warm", "hot"][Int.random(in: 0..<3, using: &random)])
            draft["visits"] = .integer(Int64.random(in: -5...5, using: &random))
            if number.isMultiple(of: 3) { draft["badge"] = .text("badge \(Int.random(in: 0..<9, using: &random))") }
            if Int.random(in: 0..<5, using: &random) > 0 {
                draft["seen_at"] = .instant(Instant(milliseconds: Int64.random(in: -3...3, using: &random)))
            }
            let record = Record(id: id, schema: people, seq: 1, values: draft.values)
            // Half of them as a start finds them, half as a command puts them.
            if number < 150 { table.load(id, record, seq: 1) } else { table.put(record) }
            if number == 149 { table.buildIndexes() }
        }
        return table
    }

    private static func path(_ name: String) throws -> FieldPath { try #require(people.path(name)) }

    private static func conditions(_ random: inout SplitMix) throws -> [Condition] {
        switch Int.random(in: 0..<9, using: &random) {
        case 0: []
        case 6: [Condition(try path("badge"), .isMissing(Bool.random(using: &random)))]
        case 7: [Condition(try path("badge"), .isAny(of: [.text("badge 3"), .text("badge 7")]))]
        case 8:
            [
                Condition(
                    try path("badge"), .isWithin(lower: .init(.text("badge 5"), isInside: false), upper: nil))
            ]
        case 1: [Condition(try path("stage"), .isAny(of: [.text("hot"), .text("cold")]))]
        case 2:
            [
                Condition(
                    try path("name"),
                    .isWithin(
                        lower: .init(.text("a name of which there are several, as long as that"), isInside: false),
                        upper: nil))
            ]
        case 3:
            [
                Condition(try path("stage"), .isAny(of: [.text("hot")])),
                Condition(try path("visits"), .isWithin(lower: .init(.number(0), isInside: true), upper: nil)),
            ]
        default: [Condition(try path("stage"), .isAny(of: [.text("warm")]))]
        }
    }

    /// Some that are there, one of them twice, and one that never was.
    private static func someIDs(of table: Table, _ random: inout SplitMix) -> [Identifier] {
        var all: [Identifier] = []
        table.records.ascend { id, _ in
            all.append(id)
            return true
        }
        let some = Array(all.shuffled(using: &random).prefix(40))
        return some + some.prefix(1) + [.greatest]
    }

    private static func naive(_ query: Query, _ table: Table) -> [Identifier] {
        var found: [(keys: [IndexValue?], id: Identifier)] = []
        table.records.ascend { id, record in
            if query.ids?.contains(id) ?? true, query.conditions.allSatisfy({ $0.holds(for: record) }) {
                found.append((query.order.map { $0.value(of: record) }, id))
            }
            return true
        }
        let isDescending = query.order.first?.isDescending ?? false
        found.sort { left, right in
            for (number, key) in query.order.enumerated() where left.keys[number] != right.keys[number] {
                return (left.keys[number] ?? .missing) < (right.keys[number] ?? .missing)
                    ? !key.isDescending : key.isDescending
            }
            return (left.id < right.id) != isDescending
        }
        return found.map(\.id)
    }

    @Test("are together what filtering and sorting gives", arguments: Array(1...120) as [UInt64])
    func walk(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let table = Self.table(&random)
        let order = ["email", "name", "seen_at", "visits", "stage", "badge"][Int(seed % 6)]
        var query = Query(conditions: try Self.conditions(&random), limit: Int.random(in: 1...150, using: &random))
        query.order = [SortKey(try Self.path(order), isDescending: Bool.random(using: &random))]
        if seed.isMultiple(of: 4) { query.ids = Self.someIDs(of: table, &random) }
        if seed.isMultiple(of: 8) { query.order = [SortKey(try Self.path("created_at"), isDescending: seed % 16 == 0)] }
        let wanted = Self.naive(query, table)
        var walked: [Identifier] = []
        repeat {
            let page = query.page(of: table)
            walked += page.records.map(\.id)
            query.after = page.next
        } while query.after != nil && walked.count <= wanted.count
        #expect(walked == wanted)
        #expect(query.count(in: table) == wanted.count)
    }

    /// A resource that got a field with a default after its first records were written.
    private static let grown = Schema(
        "grown", prefix: "grown", "What changed its declaration.",
        fields: [
            Field("size", .choice(["small", "large"]), "A size.").with(default: .text("small")).indexed(),
            Field("name", .text(max: 20), "A name."),
        ])

    @Test("have records from before a field was declared, by its default", arguments: ["small", "large"])
    func defaults(asked: String) throws {
        var table = Table(schema: Self.grown)
        let id = Identifier.next(after: .least, now: Instant(milliseconds: 1))
        let json = #"{"id":"\#(Self.grown.text(id))","name":"old","version":1}"#
        table.load(id, try Record(decoding: Array(json.utf8), schema: Self.grown, seq: 1), seq: 1)
        table.buildIndexes()
        let size = try #require(Self.grown.path("size"))
        let query = Query(conditions: [Condition(size, .isAny(of: [.text(asked)]))])
        #expect(query.page(of: table).records.count == (asked == "small" ? 1 : 0))
        #expect(query.count(in: table) == (asked == "small" ? 1 : 0))
    }

    /// A resource with a list of objects, of which somebody wrote what the program does not.
    private static let listed = Schema(
        "listed", prefix: "listed", "What has a list.",
        fields: [
            Field(
                "steps", .objects([Field("at", .integer(0...9), "When."), Field("why", .text(max: 9), "Why.")]), "Some."
            )
        ])

    @Test(
        "have of a list those elements that are of its kind",
        arguments: [
            (#"[]"#, 0), (#"[{"at":1}]"#, 1), (#"[null,{"at":1},null]"#, 1), (#"["x",{"at":1},7,[1]]"#, 1),
            (#"[{}]"#, 1),
            (#"null"#, 0), (#"{"at":1}"#, 0), (#""]""#, 0),
        ])
    func foreignElements(steps: String, count: Int) throws {
        let id = Identifier.next(after: .least, now: Instant(milliseconds: 1))
        let json = #"{"id":"\#(Self.listed.text(id))","steps":\#(steps),"version":1}"#
        let record = try Record(decoding: Array(json.utf8), schema: Self.listed, seq: 1)
        #expect(record["steps"].elements.count == count)
        #expect(record["steps"].elements.allSatisfy { $0.parts.count == 2 }, "each has all its members")
    }

    @Test("are not ordered by a text in an index of two values, nor by what is not declared")
    func mistakes() async {
        await #expect(processExitsWith: .failure) {
            _ = Schema(
                "a", prefix: "a", "A mistake.",
                fields: [
                    Field("stage", .text(max: 9), "One.").indexed(orderedBy: "name"),
                    Field("name", .text(max: 9), "Another."),
                ])
        }
        await #expect(processExitsWith: .failure) {
            _ = Schema(
                "a", prefix: "a", "A mistake.", fields: [Field("stage", .text(max: 9), "One.").indexed(orderedBy: "at")]
            )
        }
    }
}
