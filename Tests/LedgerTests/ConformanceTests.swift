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

    @Test("is searched for what records hold, as far as is asked", arguments: Kind.allCases)
    func finds(kind: Kind) throws {
        let ledger = try kind.maker(in: folder)()
        _ = try Self.load(ledger)
        for seq in Int64(1)...40 { try ledger.append([Self.entry(seq, seq % 3 == 0 ? "a needle" : "straw")]) }
        func found(_ texts: [String], _ last: Int64) throws -> [Int64] {
            var seqs: [Int64] = []
            try ledger.find(texts, through: last) { (entry) throws(LedgerFault) in seqs.append(entry.seq) }
            return seqs
        }
        #expect(try found(["needle"], 14) == [3, 6, 9, 12])
        #expect(try found(["needle", "lead_40\""], 40) == [3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 39, 40])
        #expect(try found(["r7", "haystack"], 40) == [], "what is beside the records is not asked for")
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

    /// Leads have themselves as subjects, all else has whom `of` names; what is left is without its text.
    private static let blanking = Blanking(
        subjects: { change in
            guard case .stands(let record) = change.state else { return change.resource == "leads" ? [id(change)] : [] }
            if change.resource == "leads" { return [id(change)] }
            let words = String(decoding: record, as: UTF8.self).split(separator: "\"")
            return words.firstIndex(of: "of").map { [String(words[$0 + 2])] } ?? []
        },
        blank: { change in
            guard case .stands(let record) = change.state else { return change }
            let start = String(decoding: record, as: UTF8.self).components(separatedBy: ",\"text\"")[0]
            return Change(resource: change.resource, was: change.was, .stands(Array("\(start),\"text\":\"\"}".utf8)))
        })

    private static func id(_ change: Change) -> String {
        switch change.state {
        case .gone(let id): id
        case .stands(let record): String(decoding: record, as: UTF8.self).components(separatedBy: "\"")[3]
        }
    }

    /// The texts of all entries, in order.
    private static func texts(_ ledger: any Ledger, through last: Int64) throws -> [String] {
        var texts: [String] = []
        try ledger.follow(after: 0, through: last) { (entry) throws(LedgerFault) in
            for case .stands(let record) in entry.changes.map(\.state) {
                let words = String(decoding: record, as: UTF8.self).components(separatedBy: "\"")
                texts.append(words.dropLast().last ?? "")
            }
            return true
        }
        return texts
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
            try ledger.erase(through: last, Self.blanking, seq: last) { (_) throws(LedgerFault) in }
            #expect(try Self.texts(ledger, through: 6) == texts, "through \(last)")
        }
    }

    /// A snapshot takes its time, so what it stands for may be older than an erasure when it comes to be written.
    @Test("takes no snapshot of what stood before an erasure that is done", arguments: Kind.allCases)
    func snapshotOfBefore(kind: Kind) throws {
        let open = kind.maker(in: folder)
        do {
            let ledger = try open()
            _ = try Self.load(ledger)
            try ledger.append([Self.entry(1, "ada"), Self.entry(2, of: 1, erases: true, was: 1, "")])
            try ledger.erase(through: 2, Self.blanking, seq: 2) { (_) throws(LedgerFault) in }
            #expect(throws: LedgerFault.erased(through: 2)) {
                try ledger.snapshot(seq: 1) { (give) throws(LedgerFault) in
                    try give(Standing(resource: "leads", seq: 1, Self.entry(1, "ada").changes[0].state))
                }
            }
            try ledger.snapshot(seq: 2) { (_) throws(LedgerFault) in }
        }
        #expect(try Self.load(try open()).report.snapshotSeq == 2)
    }

    /// A change of a note: about a lead, or about nobody.
    private static func note(_ id: String, of lead: Int64? = nil, was: Int64? = nil, _ text: String?) -> Change {
        let about = lead.map { "\"of\":\"lead_\($0)\"," } ?? ""
        let record = text.map { Array("{\"id\":\"\(id)\",\(about)\"text\":\"\($0)\"}".utf8) }
        return Change(resource: "notes", was: was, record.map { .stands($0) } ?? .gone(id: id))
    }

    private static func entry(_ seq: Int64, erases: Bool = false, _ changes: [Change]) -> Entry {
        Entry(seq: seq, at: "2026-01-31T09:00:00Z", actor: "a", request: "r", erases: erases, changes: changes)
    }

    /// What is about the lead that is erased, at some time, and what is not.
    private static let aboutTwoLeads = [
        entry(1, of: 1, "ada"), entry(2, of: 2, "bob"),
        // Deleted before the erasure.
        entry(3, [note("gone", of: 1, "of ada, gone")]), entry(4, [note("gone", was: 3, nil)]),
        // Given from Bob to Ada and back.
        entry(5, [note("moved", of: 2, "of bob")]), entry(6, [note("moved", of: 1, was: 5, "of ada, moved")]),
        entry(7, [note("moved", of: 2, was: 6, "of bob again")]),
        // Nobody's at first, and then Ada's; the last of these by the command that deletes another.
        entry(8, [note("found", "nobody yet"), note("found", "nobody still")]), entry(9, [note("other", "nobody's")]),
        entry(10, [note("found", of: 1, was: 8, "of ada, found"), note("found", was: nil, nil)]),
        // Nobody's, then Bob's, then Ada's, and one that was Ada's and is nobody's.
        entry(11, [note("bobs", "before bob")]), entry(12, [note("bobs", of: 2, was: 11, "of bob, later of ada")]),
        entry(13, [note("bobs", of: 1, was: 12, "of ada, once of bob"), note("freed", of: 1, "of ada, freed")]),
        entry(14, [note("freed", was: 13, "of nobody now"), note("beside", of: 2, "of bob, beside")]),
        // In one entry with what is Ada's.
        entry(15, [note("both", of: 1, "of ada"), note("beside", of: 2, was: 14, "of bob"), note("none", "nobody's")]),
    ]

    private static let withoutAda = [
        "", "bob", "", "of bob", "", "of bob again", "", "", "nobody's", "", "before bob", "of bob, later of ada", "",
        "", "of nobody now", "of bob, beside", "", "of bob", "nobody's",
    ]

    @Test(
        "blanks the versions that were about what is erased, whatever became of them, and no version about another",
        arguments: Kind.allCases, [true, false])
    func erasesWhatWasAbout(kind: Kind, isGone: Bool) throws {
        let open = kind.maker(in: folder)
        do {
            let ledger = try open()
            _ = try Self.load(ledger)
            for entry in Self.aboutTwoLeads { try ledger.append([entry]) }
            // The lead itself is gone before, or stands until it is erased.
            let gone = Change(resource: "leads", was: 1, .gone(id: "lead_1"))
            try ledger.append([Self.entry(16, [isGone ? gone : Self.note("some", "some")])])
            let erased = Change(resource: "leads", was: 16, .gone(id: "lead_1"))
            try ledger.append([
                isGone ? Self.entry(17, erases: true, [erased]) : Self.entry(17, of: 1, erases: true, was: 1, "")
            ])
            try ledger.append([Self.entry(18, [Self.note("late", of: 1, "after it")])])
            try ledger.erase(through: 18, Self.blanking, seq: 18) { (_) throws(LedgerFault) in }
        }
        let ledger = try open()
        #expect(try Self.load(ledger).report.unfinishedErasure == nil)
        let rest = isGone ? ["after it"] : ["some", "", "after it"]
        #expect(try Self.texts(ledger, through: 18) == Self.withoutAda + rest)
    }
}
