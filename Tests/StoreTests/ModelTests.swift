import Dispatch
import Foundation
import JSON
import Ledger
import Locks
import TestSupport
import Testing

@testable import Store

/// Random commands against a store over files, and against a model that keeps every version in an array.
@Suite("A store beside a model", .timeLimit(.minutes(10)))
struct ModelTests {
    private let people = Schema(
        "people", prefix: "person", "Whom tests keep.", isPerson: true,
        fields: [
            Field("name", .text(max: 60), "A name.").indexed().searched().personal(),
            Field("stage", .choice(["new", "warm", "won"]), "A word.").indexed(),
            Field("score", .integer(0...100), "A number.").indexed(),
        ])

    /// What the model knows of one record.
    private struct Kept {
        var versions: [JSON] = []
        var isGone = false
    }

    private struct Refused: Error {}

    private final class Model {
        var records: [Identifier: Kept] = [:]
        var entries = 0

        /// Takes the changes of one entry; one that erases blanks every older version of all that it changed.
        func take(_ changes: [(id: Identifier, json: JSON?)], erases: Bool) {
            if !changes.isEmpty { entries += 1 }
            if erases { for (id, _) in changes { blank(id) } }
            for (id, json) in changes {
                if let json {
                    records[id, default: Kept()].versions.append(json)
                } else {
                    records[id]?.isGone = true
                }
            }
        }

        private func blank(_ id: Identifier) {
            guard let versions = records[id]?.versions else { return }
            records[id]?.versions = versions.map { version in
                .object((version.members ?? []).map { $0.name == "name" ? .init("name", .null) : $0 })
            }
        }
    }

    private static let names = [
        "Ada Nowak", "Adam Novák", "Zoë", "Ze\u{301}no", "a very long name indeed for one", "a very long name in short",
        "Łukasz", "",
    ]

    @Test("is the same after every command and every restart", arguments: [1, 2, 3] as [UInt64])
    func random(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let folder = NSTemporaryDirectory() + "model-" + UUID().uuidString
        let model = Model()
        var store: Store? = try open(folder)
        for round in 0..<200 {
            command(try #require(store), model, &random)
            switch Int.random(in: 0..<40, using: &random) {
            case 0: try store?.snapshot()
            case 1, 2:
                // What a killed process leaves is the files as they are, and nothing said to anybody.
                let isKilled = Bool.random(using: &random)
                let copy = "\(folder)-\(round)"
                if isKilled { try FileManager.default.copyItem(atPath: folder, toPath: copy) }
                store?.close()
                store = nil
                if isKilled {
                    try FileManager.default.removeItem(atPath: folder)
                    try FileManager.default.moveItem(atPath: copy, toPath: folder)
                }
                store = try open(folder)
            default: break
            }
            if round % 25 == 24 { try compare(try #require(store), model, &random) }
        }
        try compare(try #require(store), model, &random)
        store?.close()
        try FileManager.default.removeItem(atPath: folder)
    }

    private func open(_ folder: String) throws -> Store {
        let ledger = try FileLedger(directory: folder, segmentBytesMax: 4096)
        return try Store(ledger, resources: [people], clock: { Instant(milliseconds: 1_000_000) })
    }

    // MARK: Commands

    /// One command of several changes, done or refused.
    private func command(_ store: Store, _ model: Model, _ random: inout SplitMix) {
        let plan = (0..<Int.random(in: 1...4, using: &random)).map { _ in
            (
                kind: Int.random(in: 0..<12, using: &random), pick: Int.random(in: 0..<1000, using: &random),
                name: Self.names[Int.random(in: 0..<Self.names.count, using: &random)],
                score: Int64.random(in: 0...5, using: &random)
            )
        }
        let isRefused = Int.random(in: 0..<8, using: &random) == 0
        let living = model.records.filter { !$0.value.isGone }.keys.sorted()
        let done = DispatchSemaphore(value: 0)
        let happened = Locked<[(Identifier, JSON?)]>([])
        let erases = Locked(false)
        let people = people
        store.write(by: Author(actor: "test", request: "r")) { (transaction) throws(Refused) -> Int in
            for step in plan {
                let id = living.isEmpty ? nil : living[step.pick % living.count]
                let record = id.flatMap { transaction.record("people", $0) }
                if step.kind == 0, let record {
                    transaction.remove(record)
                    happened.withLock { $0.append((record.id, nil)) }
                } else if step.kind == 1, let record {
                    transaction.erase([record])
                    erases.withLock { $0 = true }
                    let blank = transaction.record("people", record.id)
                    happened.withLock { $0.append((record.id, blank.map(Self.json))) }
                } else {
                    var draft =
                        record.map { step.kind < 8 ? Draft($0) : transaction.draft(of: people) }
                        ?? transaction.draft(of: people)
                    draft["name"] = step.name.isEmpty ? .null : .text(step.name)
                    draft["stage"] = .text(["new", "warm", "won"][Int(step.score) % 3])
                    draft["score"] = step.score == 5 ? .null : .integer(step.score)
                    let put = transaction.put(draft)
                    happened.withLock { $0.append((put.id, Self.json(put))) }
                }
            }
            if isRefused { throw Refused() }
            return 0
        } settled: { _ in
            done.signal()
        }
        store.flush()
        done.wait()
        guard !isRefused else { return }
        let changes = happened.withLock { $0 }
        model.take(changes, erases: erases.withLock { $0 })
        if erases.withLock({ $0 }) { finishErasures(store) }
    }

    private func finishErasures(_ store: Store) {
        do throws(LedgerFault) { try store.finishErasures(through: store.view.seq) } catch {
            Issue.record("\(error)")
        }
    }

    // MARK: Comparing

    private func compare(_ store: Store, _ model: Model, _ random: inout SplitMix) throws {
        let living = model.records.filter { !$0.value.isGone }
        #expect(store.view.count("people") == living.count)
        #expect(store.view.seq == Int64(model.entries))
        for (id, kept) in model.records {
            let record = store.view.record("people", id)
            #expect(record.map(Self.json) == (kept.isGone ? nil : kept.versions.last))
            var versions: [JSON] = []
            try store.versions(people, id, from: try #require(store.lastChange(people, id))) { version in
                if case .stands(let bytes) = version.change.state, let json = Self.parsed(bytes) {
                    versions.append(json)
                }
                return true
            }
            #expect(versions == kept.versions.reversed(), "each is there, and blank where it was erased")
        }
        var seqs: [Int64] = []
        try store.follow(after: 0) { (entry) throws(LedgerFault) in
            seqs.append(entry.seq)
            return true
        }
        #expect(seqs == (model.entries == 0 ? [] : Array(1...Int64(model.entries))))
        try compareQueries(store, living.compactMapValues(\.versions.last), &random)
    }

    private func compareQueries(
        _ store: Store, _ living: [Identifier: JSON], _ random: inout SplitMix
    ) throws {
        let stage = try #require(people.path("stage"))
        let score = try #require(people.path("score"))
        for order in [[], [SortKey(score, isDescending: true)], [SortKey(score, isDescending: false)]] {
            var query = Query(
                conditions: [Condition(stage, .isAny(of: [.text("warm")]))], order: order,
                limit: Int.random(in: 1...9, using: &random))
            var walked: [Identifier] = []
            repeat {
                let page = store.view.plan(query, of: "people").page()
                walked += page.records.map(\.id)
                query.after = page.next
            } while query.after != nil
            let wanted = living.filter { $0.value["stage"] == "warm" }
            #expect(Set(walked) == Set(wanted.keys))
            #expect(walked.count == wanted.count, "none comes twice")
            let scores = walked.map { living[$0]?["score"]?.wholeNumber ?? -1 }
            if let key = order.first { #expect(scores == (key.isDescending ? scores.sorted(by: >) : scores.sorted())) }
            query.after = nil
            #expect(store.view.plan(query, of: "people").count() == wanted.count)
        }
        for typed in ["ada", "nov", "a very long", "ze\u{301}", "łu", "nobody"] {
            let words = Query.words(of: typed)
            let found = store.view.plan(Query(words: words, limit: 500), of: "people").page().records.map(\.id)
            let wanted = living.filter { _, json in
                let text = json["name"]?.text ?? ""
                return words.allSatisfy { word in Query.words(of: text).contains { $0.hasPrefix(word) } }
            }
            #expect(Set(found) == Set(wanted.keys.prefix(500)) || wanted.count > 500, "\(typed)")
        }
    }

    private static func json(_ record: Record) -> JSON { parsed(record.encoded) ?? .null }

    private static func parsed(_ bytes: [UInt8]) -> JSON? {
        do throws(JSONFault) { return try JSONParser.parse(bytes) } catch { return nil }
    }
}
