import Foundation
import JSON
import TestSupport
import Testing

@testable import Ledger

/// Erasures in files of several segments: what is blanked, and what is not touched.
@Suite("An erasure in a ledger's files")
struct ErasureTests {
    private let folder = TemporaryFolder()

    private static func change(_ id: String, _ text: String, was: Int64?) -> Change {
        Change(resource: "leads", was: was, .stands(Array("{\"id\":\"\(id)\",\"text\":\"\(text)\"}".utf8)))
    }

    private static func entry(_ seq: Int64, erases: Bool = false, _ changes: [Change]) -> Entry {
        Entry(seq: seq, at: "2026-01-31T09:00:00Z", actor: "a", request: "r", erases: erases, changes: changes)
    }

    /// Blanks a lead of any id, and keeps what it was before.
    private static let blanking = Blanking(
        subjects: { [RecordID.read($0.state) ?? ""] },
        blank: { change in RecordID.read(change.state).map { Self.change($0, "", was: change.was) } ?? change })

    private func open(segmentBytesMax: Int = 400) throws -> (ledger: FileLedger, report: LoadReport) {
        let ledger = try FileLedger(directory: folder.path, segmentBytesMax: segmentBytesMax)
        var reader = KeepingReader()
        return (ledger, try ledger.load(into: &reader))
    }

    private func erase(_ ledger: FileLedger, through last: Int64) throws {
        try ledger.erase(through: last, Self.blanking, seq: last) { (_) throws(LedgerFault) in }
    }

    /// The lines of all segments, in order.
    private func lines() throws -> [String] {
        try folder.files("journal").flatMap { name in
            String(decoding: try folder.bytes("journal/\(name)"), as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    private func contains(_ text: String) throws -> Bool { try lines().contains { $0.contains(text) } }

    /// Ada in 1, 3, 5 …, Bob in 2, 4, 6 …, up to entry 10, of a few segments.
    private func writeTwoLeads(_ ledger: FileLedger) throws {
        for seq in Int64(1)...10 {
            let (id, text) = seq % 2 == 1 ? ("lead_a", "ada") : ("lead_b", "bob")
            try ledger.append([Self.entry(seq, [Self.change(id, text, was: seq > 2 ? seq - 2 : nil)])])
        }
    }

    /// The caller names the newest entry it knows, which need be no erasure, and an erasure may come after it meanwhile.
    @Test("is not done for an entry that erases nothing, though an erasure comes after it")
    func throughOrdinaryEntry() throws {
        let (ledger, _) = try open()
        try writeTwoLeads(ledger)
        try ledger.append([Self.entry(11, erases: true, [Self.change("lead_a", "", was: 9)])])
        let before = try lines()
        try erase(ledger, through: 10)
        #expect(try lines() == before, "entry 10 changed Bob and erased nobody")
        try erase(ledger, through: 11)
        #expect(try !contains("ada"))
        #expect(try lines().filter { $0.contains("bob") }.count == 5)
        _ = try folder.verify()
    }

    @Test("leaves those after the entry it goes through for later")
    func severalErasures() throws {
        let (ledger, _) = try open()
        try writeTwoLeads(ledger)
        try ledger.append([Self.entry(11, erases: true, [Self.change("lead_a", "", was: 9)])])
        try ledger.append([Self.entry(12, [Self.change("lead_c", "cid", was: nil)])])
        try ledger.append([Self.entry(13, erases: true, [Self.change("lead_b", "", was: 10)])])
        try erase(ledger, through: 12)
        #expect(try !contains("ada"))
        #expect(try contains("bob"))
        try erase(ledger, through: 13)
        #expect(try !contains("bob"))
        #expect(try contains("cid"))
    }

    /// A snapshot is written beside live traffic, so the last erasure may come after the entry it stands for.
    @Test("is named by a snapshot from before it as not its own")
    func snapshotBefore() throws {
        do {
            let (ledger, _) = try open()
            try writeTwoLeads(ledger)
            try ledger.append([Self.entry(11, erases: true, [Self.change("lead_a", "", was: 9)])])
            try ledger.snapshot(seq: 10) { (give) throws(LedgerFault) in
                try give(Standing(resource: "leads", seq: 9, Self.change("lead_a", "ada", was: nil).state))
            }
        }
        // What of the journal was not synced is lost with the power, and the erasure with it.
        let last = try #require(try folder.files("journal").last)
        var bytes = try folder.bytes("journal/\(last)")
        let place = try #require(bytes.firstRange(of: Array("{\"seq\":11".utf8))).lowerBound
        bytes.removeSubrange(place...)
        try folder.write(bytes, to: "journal/\(last)")
        let (_, report) = try open()
        #expect(report.seq == 10)
        #expect(report.unfinishedErasure == nil, "entry 10 erased nobody")
    }

    /// A segment of the first format, with one entry.
    private func writeOldSegment() throws -> [UInt8] {
        var bytes: [UInt8] = []
        SealedLine.append(to: &bytes) { writer in
            writer.member("format", "tandem-journal")
            writer.member("version", 1)
            writer.member("seq", 1)
        }
        let entry = Self.entry(1, [Self.change("lead_a", "ada", was: nil)])
        EntryLine(entry: entry, synced: nil, erasureBefore: nil).append(to: &bytes)
        try FileManager.default.createDirectory(atPath: "\(folder.path)/journal", withIntermediateDirectories: true)
        try folder.write(bytes, to: "journal/\(Segment.name(1))")
        return bytes
    }

    /// Segments of the first format are looked through line by line, and a new directory has none.
    @Test("finds versions that name nobody in entries of the first format that were salvaged")
    func salvagedOld() throws {
        var bytes = try writeOldSegment()
        for (seq, text) in [(Int64(2), "nobody's"), (3, "of lead_a"), (4, "of lead_a again")] {
            let record = Array("{\"id\":\"note_1\",\"version\":\(seq - 1),\"text\":\"\(text) secret\"}".utf8)
            let entry = Self.entry(seq, [Change(resource: "notes", was: nil, .stands(record))])
            EntryLine(entry: entry, synced: nil, erasureBefore: nil).append(to: &bytes)
        }
        try folder.write(bytes, to: "journal/\(Segment.name(1))")
        let target = TemporaryFolder()
        _ = try Salvage(from: folder.path, into: target.path, with: KeepingReader())
        let ledger = try FileLedger(directory: target.path)
        var reader = KeepingReader()
        _ = try ledger.load(into: &reader)
        try ledger.append([Self.entry(5, erases: true, [Self.change("lead_a", "", was: 1)])])
        try ledger.erase(through: 5, Self.blankingNotes, seq: 5) { (_) throws(LedgerFault) in }
        let text = String(decoding: try target.bytes("journal/\(Segment.name(1))"), as: UTF8.self)
        #expect(text.contains("nobody's") && !text.contains("secret"))
    }

    @Test("is not done where a damaged line may hold what it erases, and blanks all others", arguments: [2, 3])
    func damagedLine(_ number: Int) throws {
        let (ledger, _) = try open()
        try writeTwoLeads(ledger)
        try ledger.snapshot(seq: 10) { (_) throws(LedgerFault) in }
        try ledger.append([Self.entry(11, erases: true, [Self.change("lead_a", "", was: 9)])])
        // Of Bob, as far as it tells: another letter of the id, or the line's own seal.
        let name = try #require(try folder.files("journal").first)
        var lines = String(decoding: try folder.bytes("journal/\(name)"), as: UTF8.self).components(separatedBy: "\n")
        lines[number - 1] = lines[number - 1].replacingOccurrences(of: "lead_a", with: "lead_c")
            .replacingOccurrences(of: "bob", with: "bop")
        let damaged = lines[number - 1]
        try folder.write(Array(lines.joined(separator: "\n").utf8), to: "journal/\(name)")
        #expect(throws: LedgerFault.self) { try erase(ledger, through: 11) }
        #expect(try self.lines().filter { $0.contains("ada") }.allSatisfy { $0 == damaged })
        #expect(try self.lines().contains(damaged), "what is damaged is left as it is")
        #expect(try folder.files("snapshots") == [Segment.name(11)], "an older one may hold what is erased")
    }

    @Test("finds versions that name nobody where a damaged line stands before them, and is not done")
    func walkOverDamage() throws {
        let ledger = try FileLedger(directory: folder.path, segmentBytesMax: 1 << 20)
        var reader = KeepingReader()
        _ = try ledger.load(into: &reader)
        func note(_ text: String, _ version: Int, was: Int64?) -> Change {
            Change(
                resource: "notes", was: was,
                .stands(Array("{\"id\":\"note_1\",\"text\":\"\(text)\",\"version\":\(version)}".utf8)))
        }
        try ledger.append([Self.entry(1, [Self.change("lead_b", "bob", was: nil)])])
        try ledger.append([Self.entry(2, [note("x secret", 1, was: nil)])])
        try ledger.append([Self.entry(3, [note("lead_a secret", 2, was: 2)])])
        try ledger.append([Self.entry(4, [Self.change("lead_a", "ada", was: nil)])])
        try ledger.append([Self.entry(5, erases: true, [Self.change("lead_a", "", was: 4), note("lead_a", 3, was: 3)])])
        let name = try #require(try folder.files("journal").first)
        let text = String(decoding: try folder.bytes("journal/\(name)"), as: UTF8.self).replacingOccurrences(
            of: "bob", with: "bop")
        try folder.write(Array(text.utf8), to: "journal/\(name)")
        #expect(throws: LedgerFault.self) {
            try ledger.erase(through: 5, Self.blankingNotes, seq: 5) { (_) throws(LedgerFault) in }
        }
        #expect(try !contains("ada"))
        #expect(try !contains("secret"))
    }

    @Test("that fails leaves no half of a file behind, which would take room")
    func failing() throws {
        let old = try writeOldSegment()
        let (ledger, _) = try open()
        try ledger.append([Self.entry(2, erases: true, [Self.change("lead_a", "", was: nil)])])
        // Every line of an old segment is read while it is written anew, and one that is damaged ends that.
        try folder.write(old + Array("{\"seq\":2,\"crc\":\"00000000\"}\n".utf8), to: "journal/\(Segment.name(1))")
        #expect(throws: LedgerFault.self) { try erase(ledger, through: 2) }
        #expect(try folder.files("journal") == [Segment.name(1), Segment.name(2)])
        try folder.write(old, to: "journal/\(Segment.name(1))")
        try erase(ledger, through: 2)
        #expect(try !contains("ada"))
    }

    @Test("is told at each start until it is marked done, and changes nothing the second time")
    func interrupted() throws {
        do {
            let (ledger, _) = try open()
            try writeTwoLeads(ledger)
            try ledger.append([Self.entry(11, erases: true, [Self.change("lead_a", "", was: 9)])])
            try erase(ledger, through: 11)
        }
        let blanked = try lines()
        // The crash came when the lines were written and the word that they are was not.
        try FileManager.default.removeItem(atPath: "\(folder.path)/erased")
        #expect(
            try FileLedger.verify(folder.path, with: KeepingReader()).unfinishedErasure == 11, "a check tells it too")
        do {
            let (ledger, report) = try open()
            #expect(report.unfinishedErasure == 11)
            try erase(ledger, through: 11)
        }
        #expect(try lines() == blanked)
        #expect(try open().report.unfinishedErasure == nil)
    }

    @Test("is done again where a file is put back from before it", arguments: ["journal", "snapshots"])
    func putBack(_ kind: String) throws {
        var (file, old): (String, [UInt8]) = ("", [])
        do {
            let (ledger, _) = try open()
            try writeTwoLeads(ledger)
            try ledger.snapshot(seq: 9) { (give) throws(LedgerFault) in
                try give(Standing(resource: "leads", seq: 9, Self.change("lead_a", "ada", was: nil).state))
            }
            file = "\(kind)/\(try folder.files(kind)[0])"
            old = try folder.bytes(file)
            try ledger.append([Self.entry(11, erases: true, [Self.change("lead_a", "", was: 9)])])
            try erase(ledger, through: 11)
        }
        let blanked = try lines()
        #expect(try FileLedger.verify(folder.path, with: KeepingReader()).unfinishedErasure == nil)
        try folder.write(old, to: file)
        // As a copy that keeps times has it.
        let time = Date(timeIntervalSince1970: 1_700_000_000)
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: "\(folder.path)/\(file)")
        #expect(try FileLedger.verify(folder.path, with: KeepingReader()).unfinishedErasure == 11)
        do {
            let (ledger, report) = try open()
            #expect(report.unfinishedErasure == 11)
            try erase(ledger, through: 11)
        }
        #expect(try lines() == blanked)
        #expect(try folder.files("snapshots") == [Segment.name(11)])
        #expect(try open().report.unfinishedErasure == nil)
    }

    @Test("finds versions behind an entry that was lost, and filled when the directory was salvaged")
    func salvaged() throws {
        do {
            let (ledger, _) = try open(segmentBytesMax: 1)
            try writeTwoLeads(ledger)
            try ledger.append([Self.entry(11, erases: true, [Self.change("lead_a", "", was: 9)])])
            try ledger.append([Self.entry(12, [Self.change("lead_a", "new", was: 11)])])
        }
        try FileManager.default.removeItem(atPath: "\(folder.path)/journal/\(Segment.name(5))")
        let target = TemporaryFolder()
        _ = try Salvage(from: folder.path, into: target.path, with: KeepingReader())
        let ledger = try FileLedger(directory: target.path)
        var reader = KeepingReader()
        #expect(try ledger.load(into: &reader).unfinishedErasure == 11)
        try erase(ledger, through: 11)
        let text = try target.files("journal").map {
            String(decoding: try target.bytes("journal/\($0)"), as: UTF8.self)
        }.joined()
        #expect(!text.contains("ada"))
        #expect(text.contains("bob"))
        #expect(text.contains("new"), "what came after the erasure was not erased")
    }

    /// Ada erased by entry 11 and Bob by 12, neither done yet, and the segment of an entry lost before it was.
    private func salvageWithout(_ lost: Int64) throws -> (FileLedger, TemporaryFolder) {
        do {
            let (ledger, _) = try open(segmentBytesMax: 1)
            try writeTwoLeads(ledger)
            try ledger.append([Self.entry(11, erases: true, [Self.change("lead_a", "", was: 9)])])
            try ledger.append([Self.entry(12, erases: true, [Self.change("lead_b", "", was: 10)])])
            try ledger.append([Self.entry(13, [Self.change("lead_c", "cid", was: nil)])])
            try ledger.snapshot(seq: 13) { (give) throws(LedgerFault) in try Self.give(give) }
        }
        try FileManager.default.removeItem(atPath: "\(folder.path)/journal/\(Segment.name(lost))")
        let target = TemporaryFolder()
        _ = try Salvage(from: folder.path, into: target.path, with: KeepingReader())
        let ledger = try FileLedger(directory: target.path)
        var reader = KeepingReader()
        #expect(try ledger.load(into: &reader).unfinishedErasure == 12)
        return (ledger, target)
    }

    /// What stands after entry 13.
    private static func give(_ give: (Standing) throws(LedgerFault) -> Void) throws(LedgerFault) {
        for (index, (id, text)) in [("lead_a", ""), ("lead_b", ""), ("lead_c", "cid")].enumerated() {
            try give(Standing(resource: "leads", seq: 11 + Int64(index), change(id, text, was: nil).state))
        }
    }

    @Test("is finished where its entry, or one after it, was lost before it was done", arguments: [11, 12] as [Int64])
    func lostErasure(lost: Int64) throws {
        let (ledger, target) = try salvageWithout(lost)
        try ledger.erase(through: 12, Self.blanking, seq: 13, Self.give)
        let text = try target.files("journal").map {
            String(decoding: try target.bytes("journal/\($0)"), as: UTF8.self)
        }.joined()
        #expect(!text.contains("ada") && !text.contains("bob"))
        #expect(text.contains("cid"))
        _ = try folder.verify()
    }

    /// Notes are about whom their text names, and nobody's where it names none.
    private static let blankingNotes = Blanking(
        subjects: { change in
            guard change.resource == "notes", case .stands(let record) = change.state else {
                return [RecordID.read(change.state) ?? ""]
            }
            return String(decoding: record, as: UTF8.self).contains("lead_a") ? ["lead_a"] : []
        },
        blank: { change in
            guard change.resource == "notes", case .stands(let record) = change.state else {
                return blanking.blank(change)
            }
            let text = String(decoding: record, as: UTF8.self).replacing(" secret", with: "")
            return Change(resource: "notes", was: change.was, .stands(Array(text.utf8)))
        })

    private static func note(_ id: String, _ text: String, was: Int64?) -> Change {
        let record = Array("{\"id\":\"\(id)\",\"text\":\"\(text) secret\"}".utf8)
        return Change(resource: "notes", was: was, .stands(record))
    }

    @Test("finds versions that name nobody behind an entry that was lost, and none of another record")
    func namelessBehindLost() throws {
        do {
            let (ledger, _) = try open(segmentBytesMax: 1)
            try ledger.append([Self.entry(1, [Self.change("lead_a", "ada", was: nil)])])
            try ledger.append([Self.entry(2, [Self.note("note_1", "first", was: nil)])])
            try ledger.append([Self.entry(3, [Self.note("note_2", "other", was: nil)])])
            try ledger.append([Self.entry(4, [Self.note("note_1", "lost", was: 2)])])
            try ledger.append([Self.entry(5, [Self.note("note_1", "of lead_a", was: 4)])])
            try ledger.append([Self.entry(6, erases: true, [Self.change("lead_a", "", was: 1)])])
        }
        try FileManager.default.removeItem(atPath: "\(folder.path)/journal/\(Segment.name(4))")
        let target = TemporaryFolder()
        _ = try Salvage(from: folder.path, into: target.path, with: KeepingReader())
        let ledger = try FileLedger(directory: target.path)
        var reader = KeepingReader()
        _ = try ledger.load(into: &reader)
        try ledger.erase(through: 6, Self.blankingNotes, seq: 6) { (_) throws(LedgerFault) in }
        let text = try target.files("journal").map {
            String(decoding: try target.bytes("journal/\($0)"), as: UTF8.self)
        }.joined()
        for kept in ["first\"", "of lead_a\"", "other secret"] { #expect(text.contains(kept)) }
    }

    @Test("is done again in a directory that was salvaged, unless it was lost", arguments: [false, true])
    func salvagedWhenDone(isEndLost: Bool) throws {
        do {
            let (ledger, _) = try open(segmentBytesMax: 1)
            try writeTwoLeads(ledger)
            try ledger.append([Self.entry(11, erases: true, [Self.change("lead_a", "", was: 9)])])
            try erase(ledger, through: 11)
        }
        let end = "\(folder.path)/journal/\(Segment.name(11))"
        if isEndLost { try FileManager.default.removeItem(atPath: end) }
        let target = TemporaryFolder()
        _ = try Salvage(from: folder.path, into: target.path, with: KeepingReader())
        let ledger = try FileLedger(directory: target.path)
        var reader = KeepingReader()
        let report = try ledger.load(into: &reader)
        #expect(report.unfinishedErasure == (isEndLost ? nil : 11))
        // Where the end was lost, the next erasure has the number of one that was done.
        let seq = report.seq + 1
        #expect(seq == (isEndLost ? 11 : 12))
        try ledger.append([Self.entry(seq, erases: true, [Self.change("lead_b", "", was: 10)])])
        try erase(ledger, through: seq)
        let text = try target.files("journal").map {
            String(decoding: try target.bytes("journal/\($0)"), as: UTF8.self)
        }.joined()
        #expect(!text.contains("bob"))
        #expect(try target.bytes("erased").starts(with: Array("{\"erased\":\(seq),".utf8)))
    }
}
