import Foundation
import Ledger
import TestSupport
import Testing

/// What every ledger must do, so that another can stand beside the file without a change above it.
@Suite("Every ledger")
struct ConformanceTests {
    /// A kind of ledger: opened, and opened again as after a restart.
    enum Kind: String, CaseIterable {
        case file, memory

        /// Gives a function that opens the same ledger each time.
        func maker(in folder: TemporaryFolder) -> () throws -> any Ledger {
            switch self {
            case .file: return { try FileLedger(directory: folder.path, segmentBytesMax: 500) }
            case .memory:
                let ledger = MemoryLedger()
                return { ledger }
            }
        }
    }

    private let folder = TemporaryFolder()

    private static func entry(
        _ seq: Int64, of lead: Int64? = nil, erases: Bool = false, was: Int64? = nil, _ text: String = "x"
    ) -> Entry {
        let record = Array("{\"id\":\"lead_\(lead ?? seq)\",\"text\":\"\(text)\"}".utf8)
        return Entry(
            seq: seq, at: "2026-01-31T09:00:00Z", actor: "a", request: "r\(seq)", erases: erases,
            changes: [Change(resource: "leads", was: was, .stands(record))])
    }

    private static func load(_ ledger: any Ledger) throws -> (report: LoadReport, read: KeepingReader) {
        var reader = KeepingReader()
        return (try ledger.load(into: &reader), reader)
    }

    private static func follow(_ ledger: any Ledger, after: Int64, through: Int64, countMax: Int = .max) throws
        -> [Int64]
    {
        var seqs: [Int64] = []
        try ledger.follow(after: after, through: through) { (entry) throws(LedgerFault) in
            seqs.append(entry.seq)
            return seqs.count < countMax
        }
        return seqs
    }

    @Test("gives back what was appended, after a restart too", arguments: Kind.allCases)
    func loads(kind: Kind) throws {
        let open = kind.maker(in: folder)
        do {
            let ledger = try open()
            #expect(try Self.load(ledger).report.seq == 0)
            try ledger.append([Self.entry(1), Self.entry(2)])
            try ledger.append([])
            try ledger.append([Self.entry(3)])
        }
        let ledger = try open()
        let (report, read) = try Self.load(ledger)
        #expect(report.seq == 3)
        #expect(read.entries.map(\.seq) == [1, 2, 3])
        #expect(read.entries.map(\.request) == ["r1", "r2", "r3"])
        #expect(read.entries[1].changes[0].state == Self.entry(2).changes[0].state)
        try ledger.append([Self.entry(4)])
        #expect(try Self.follow(ledger, after: 0, through: 4) == [1, 2, 3, 4])
    }

    @Test("is followed from anywhere, as far as is asked", arguments: Kind.allCases)
    func follows(kind: Kind) throws {
        let ledger = try kind.maker(in: folder)()
        _ = try Self.load(ledger)
        for seq in Int64(1)...20 { try ledger.append([Self.entry(seq)]) }
        for after in Int64(0)...20 {
            for through in [after, after + 1, 20] where through <= 20 {
                let wanted = after < through ? Array(after + 1...through) : []
                #expect(try Self.follow(ledger, after: after, through: through) == wanted)
            }
        }
        #expect(try Self.follow(ledger, after: 3, through: 20, countMax: 2) == [4, 5])
    }

    @Test("goes on from a snapshot", arguments: Kind.allCases)
    func snapshots(kind: Kind) throws {
        let open = kind.maker(in: folder)
        do {
            let ledger = try open()
            _ = try Self.load(ledger)
            for seq in Int64(1)...5 { try ledger.append([Self.entry(seq)]) }
            try ledger.snapshot(seq: 3) { (give) throws(LedgerFault) in
                try give(Standing(resource: "leads", seq: 3, Self.entry(3).changes[0].state))
                try give(Standing(resource: "leads", seq: 2, .gone(id: "lead_2")))
            }
        }
        let (report, read) = try Self.load(try open())
        #expect(report.snapshotSeq == 3)
        #expect(read.records.map(\.seq) == [3, 2])
        #expect(read.records[1].state == .gone(id: "lead_2"))
        #expect(read.entries.map(\.seq) == [4, 5])
        #expect(report.seq == 5)
    }

    @Test("blanks what an erasure names in every older entry, and nothing else", arguments: Kind.allCases)
    func erases(kind: Kind) throws {
        let open = kind.maker(in: folder)
        do {
            let ledger = try open()
            _ = try Self.load(ledger)
            try ledger.append([Self.entry(1, "secret"), Self.entry(2, "other")])
            try ledger.append([Self.entry(3, of: 1, was: 1, "secret")])
            try ledger.append([Self.entry(4, of: 1, erases: true, was: 3, "")])
            try ledger.append([Self.entry(5, "later")])
            try ledger.erase(
                through: 4, { Change(resource: $0.resource, was: $0.was, Self.entry(1, "").changes[0].state) }, seq: 5
            ) { (_) throws(LedgerFault) in }
        }
        let ledger = try open()
        _ = try Self.load(ledger)
        var texts: [String] = []
        try ledger.follow(after: 0, through: 5) { (entry) throws(LedgerFault) in
            guard case .stands(let record) = entry.changes[0].state else { return true }
            texts.append(String(decoding: record, as: UTF8.self))
            return true
        }
        #expect(texts.count == 5)
        #expect(!texts.contains { $0.contains("secret") })
        #expect(texts[1].contains("other") && texts[4].contains("later"))
    }

    /// Blanks a lead of any id.
    private static func blank(_ change: Change) -> Change {
        guard case .stands(let record) = change.state else { return change }
        let text = String(decoding: record, as: UTF8.self)
        let start = text.prefix { $0 != "," }
        return Change(resource: change.resource, was: change.was, .stands(Array("\(start),\"text\":\"\"}".utf8)))
    }

    /// The texts of all entries, in order.
    private static func texts(_ ledger: any Ledger, through last: Int64) throws -> [String] {
        var texts: [String] = []
        try ledger.follow(after: 0, through: last) { (entry) throws(LedgerFault) in
            for case .stands(let record) in entry.changes.map(\.state) {
                texts.append(
                    String(decoding: record, as: UTF8.self).split(separator: "\"").map(String.init)[7...].joined())
            }
            return true
        }
        return texts.map { $0 == "}" ? "" : String($0.dropLast()) }
    }

    @Test(
        "blanks what is older than each record's own erasure, by the erasures up to the entry named",
        arguments: Kind.allCases)
    func erasesUpTo(kind: Kind) throws {
        let ledger = try kind.maker(in: folder)()
        _ = try Self.load(ledger)
        try ledger.append([Self.entry(1, "ada"), Self.entry(2, "bob")])
        try ledger.append([Self.entry(3, of: 1, erases: true, was: 1, "")])
        // What is known of her after that was not erased.
        try ledger.append([Self.entry(4, of: 1, was: 3, "ada again"), Self.entry(5, of: 2, was: 2, "bobby")])
        try ledger.append([Self.entry(6, of: 2, erases: true, was: 5, "")])
        let wanted: [(last: Int64, texts: [String])] = [
            (2, ["ada", "bob", "", "ada again", "bobby", ""]), (5, ["", "bob", "", "ada again", "bobby", ""]),
            (6, ["", "", "", "ada again", "", ""]), (6, ["", "", "", "ada again", "", ""]),
        ]
        for (last, texts) in wanted {
            try ledger.erase(through: last, Self.blank, seq: last) { (_) throws(LedgerFault) in }
            #expect(try Self.texts(ledger, through: 6) == texts, "through \(last)")
        }
    }
}
