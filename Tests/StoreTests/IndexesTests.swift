import Dispatch
import JSON
import TestSupport
import Testing

@testable import Store

/// Indexes take in what changed when they are asked, or when somebody has them brought up: nobody can tell which.
@Suite("Indexes that follow their table")
struct IndexesTests {
    private static let people = Schema(
        "people", prefix: "person", "Whom tests list.",
        fields: [
            Field("name", .text(max: 60), "A name.").indexed().searched(),
            Field("stage", .choice(["cold", "warm", "hot"]), "Lists of it are ordered by when.")
                .indexed(orderedBy: "seen_at"),
            Field("seen_at", .instant, "When, or never."),
            Field("tags", .texts(max: 5), "Words.").with(default: .list([])).indexed(),
            Field("region", .text(max: 20), "Where some are.").indexed().sparse(),
            Field("keys", .scalars, "What others call it.").with(default: .json([:])).indexed(),
        ])

    /// A table, and what should be in it.
    private struct Kept {
        var table = Table(schema: people)
        var records: [Identifier: Record] = [:]

        private func isSame(_ path: String, _ value: IndexValue, _ holds: (Record) -> Bool) -> Bool {
            table.records(where: path, is: value).map(\.id) == records.values.filter(holds).map(\.id).sorted()
        }

        func isRight() throws -> Bool {
            for stage in ["cold", "warm", "hot"] {
                guard isSame("stage", .text(stage), { $0["stage"].text == stage }) else { return false }
            }
            for name in names {
                guard isSame("name", .text(name), { $0["name"].text == name }) else { return false }
                let words = Query(conditions: [], words: Query.words(of: name), limit: 1000).page(of: table)
                guard words.records.count == records.values.count(where: { $0["name"].text == name }) else {
                    return false
                }
            }
            for tag in ["red", "blue"] {
                guard isSame("tags", .text(tag), { $0["tags"].elements.contains(.text(tag)) }) else { return false }
            }
            guard isSame("region", .text("north"), { $0["region"].text == "north" }) else { return false }
            guard isSame("keys", .member("crm", "7"), { $0["keys"] != .json([:]) }) else { return false }
            return try areHotInOrder()
        }

        /// Whether the list that one index orders has each once, and in order.
        private func areHotInOrder() throws -> Bool {
            let stage = try #require(people.path("stage"))
            let seen = try #require(people.path("seen_at"))
            let query = Query(
                conditions: [Condition(stage, .isAny(of: [.text("hot")]))], order: [SortKey(seen, isDescending: false)],
                limit: 1000)
            let hot = records.values.filter { $0["stage"].text == "hot" && !$0["seen_at"].isNull }
            let found = query.page(of: table).records.filter { !$0["seen_at"].isNull }
            return found.map(\.id)
                == hot.sorted { (moment($0), $0.id) < (moment($1), $1.id) }.map(\.id)
        }

        private func moment(_ record: Record) -> Int64 {
            record.instant(at: record.schema.slot(of: "seen_at"))?.milliseconds ?? 0
        }
    }

    private static let names = ["Ada", "Grace", "Zoë", "Edsger"]

    private static func change(_ kept: inout Kept, _ random: inout SplitMix, seq: Int64) {
        let known = kept.records.keys.sorted().randomElement(using: &random)
        if let known, Int.random(in: 0..<4, using: &random) == 0 {
            kept.table.remove(known, seq: seq)
            kept.records[known] = nil
            return
        }
        let isNew = known == nil || Bool.random(using: &random)
        let id = Identifier.next(after: .least, now: Instant(milliseconds: seq))
        var draft = Draft(id: isNew ? id : known ?? id, schema: people)
        draft["name"] = .text(names.randomElement(using: &random) ?? "Ada")
        draft["stage"] = .text(["cold", "warm", "hot"].randomElement(using: &random) ?? "hot")
        if Bool.random(using: &random) {
            draft["seen_at"] = .instant(Instant(milliseconds: Int64.random(in: 0..<20, using: &random)))
        }
        draft["tags"] =
            [.list([]), .list([.text("red")]), .list([.text("red"), .text("blue")])].randomElement(using: &random)
            ?? .null
        draft["region"] = [.null, .text("north")].randomElement(using: &random) ?? .null
        draft["keys"] =
            [.json([:]), .json(.object([.init("crm", .string("7"))]))].randomElement(using: &random) ?? .null
        let record = Record(id: draft.id, schema: people, seq: seq, values: draft.values)
        kept.table.put(record)
        kept.records[draft.id] = record
    }

    @Test("a table and its copies each have what they had", arguments: [1, 2, 3, 4] as [UInt64])
    func copies(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var newest = Kept()
        var copies: [Kept] = []
        for seq in 1...600 {
            Self.change(&newest, &random, seq: Int64(seq))
            switch Int.random(in: 0..<14, using: &random) {
            case 0: copies.append(newest)
            case 1: newest.table.bringUpIndexes()
            case 2: copies.randomElement(using: &random)?.table.bringUpIndexes()
            case 3: #expect(try newest.isRight())
            case 4: if let copy = copies.randomElement(using: &random) { #expect(try copy.isRight()) }
            case 5: if copies.count > 6 { copies.removeFirst() }
            // Nobody holds what came before any more, which is taken over then.
            case 6: copies = copies.suffix(1)
            case 7:
                copies.append(newest)
                copies.removeFirst()
            default: break
            }
        }
        for copy in copies + [newest] { #expect(try copy.isRight()) }
    }

    @Test("states that nobody asked hand on what they have, in whatever order they go")
    func handingOn() throws {
        var random = SplitMix(seed: 6)
        var newest = Kept()
        var held: [Kept] = []
        for seq in 1...300 {
            Self.change(&newest, &random, seq: Int64(seq))
            held.append(newest)
            guard seq % 60 == 0 else { continue }
            held.shuffle(using: &random)
            let last = try #require(held.last)
            held.removeAll()
            #expect(try last.isRight())
            #expect(try newest.isRight())
        }
    }

    @Test("a copy that holds no indexes has them made when it is asked")
    func without() throws {
        var random = SplitMix(seed: 7)
        var newest = Kept()
        for seq in 1...200 { Self.change(&newest, &random, seq: Int64(seq)) }
        var copy = newest
        copy.table = newest.table.withoutIndexes()
        for seq in 201...300 { Self.change(&newest, &random, seq: Int64(seq)) }
        #expect(try copy.isRight())
        #expect(try newest.isRight())
    }

    @Test("many threads that ask for one that is behind are all answered")
    func threads() throws {
        var random = SplitMix(seed: 5)
        var newest = Kept()
        for seq in 1...400 {
            Self.change(&newest, &random, seq: Int64(seq))
            if seq % 50 != 0 { continue }
            let copy = newest
            DispatchQueue.concurrentPerform(iterations: 4) { number in
                if number == 0 { copy.table.bringUpIndexes() } else { #expect((try? copy.isRight()) == true) }
            }
        }
    }
}
