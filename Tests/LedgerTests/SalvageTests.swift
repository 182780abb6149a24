import Foundation
import JSON
import TestSupport
import Testing

@testable import Ledger

/// What is whole in a damaged directory is taken into a new one that starts, and what is not is told.
@Suite("Salvage")
struct SalvageTests {
    private let folder = TemporaryFolder()

    fileprivate static func entry(_ seq: Int64) -> Entry {
        Entry(
            seq: seq, at: "2026-01-31T09:00:00Z", actor: "a", request: "r\(seq)",
            changes: [Change(resource: "leads", was: nil, .stands(Array("{\"id\":\"lead_\(seq)\"}".utf8)))])
    }

    /// Entries up to `last` in segments of a few, and snapshots as they stood after some.
    private func write(_ last: Int64, snapshots: [Int64] = [], segmentBytesMax: Int = 300) throws {
        let ledger = try FileLedger(directory: folder.path, segmentBytesMax: segmentBytesMax)
        var reader = KeepingReader()
        _ = try ledger.load(into: &reader)
        for seq in Int64(1)...last {
            try ledger.append([Self.entry(seq)])
            guard snapshots.contains(seq) else { continue }
            try ledger.snapshot(seq: seq) { (give) throws(LedgerFault) in
                for each in 1...seq {
                    try give(Standing(resource: "leads", seq: each, Self.entry(each).changes[0].state))
                }
            }
        }
    }

    private struct Result {
        let salvage: Salvage
        let report: LoadReport
        /// The entries that are not fillers, as the new directory's feed gives them.
        let taken: [Int64]
    }

    /// Salvages the folder, and loads, verifies and follows what came of it.
    private func salvage() throws -> Result {
        let target = TemporaryFolder()
        let salvage = try Salvage(from: folder.path, into: target.path, with: KeepingReader())
        let ledger = try FileLedger(directory: target.path)
        _ = try target.verify()
        var reader = KeepingReader()
        let report = try ledger.load(into: &reader)
        var taken: [Int64] = []
        let first = try target.files("journal").compactMap { Segment.seq(ofName: $0) }.first ?? 1
        do throws(LedgerFault) {
            try ledger.follow(after: first - 1, through: report.seq) { (entry) throws(LedgerFault) in
                if entry.actor == "repair" { return true }
                #expect(
                    entry.request == "r\(entry.seq)"
                        && entry.changes[0].state == Self.entry(entry.seq).changes[0].state)
                taken.append(entry.seq)
                return true
            }
        } catch {
            #expect(error.nextKept == report.seq + 1, "an end that the snapshot alone has")
        }
        #expect(taken.count == salvage.entries)
        return Result(salvage: salvage, report: report, taken: taken)
    }

    @Test("loses at most the entry that a flipped bit is in, and tells it with file and line")
    func flips() throws {
        try write(6)
        let names = try folder.files("journal")
        let file = "journal/\(names[1])"
        let whole = try folder.bytes(file)
        for place in whole.indices {
            var damaged = whole
            damaged[place] ^= 0x02
            try folder.write(damaged, to: file)
            let result = try salvage()
            let isLineEnd = whole[place] == UInt8(ascii: "\n")
            let line = whole[..<place].count { $0 == UInt8(ascii: "\n") } + 1
            #expect(result.salvage.losses.first?.hasPrefix("\(file), line \(line):") == true, "byte \(place)")
            // The header and the ends of lines are no entries.
            #expect(result.taken.count == (line == 1 || isLineEnd ? 6 : 5), "byte \(place)")
            #expect(result.report.seq == 6, "byte \(place)")
        }
    }

    @Test("fills the place of a missing segment, and says which entries were in it")
    func missingSegment() throws {
        try write(9)
        let names = try folder.files("journal")
        let lost = try #require(Segment.seq(ofName: names[1]))..<(try #require(Segment.seq(ofName: names[2])))
        try FileManager.default.removeItem(atPath: "\(folder.path)/journal/\(names[1])")
        let result = try salvage()
        #expect(result.taken == (1...9).filter { !lost.contains($0) })
        #expect(result.report.seq == 9)
        #expect(
            result.salvage.losses == [
                lost.count == 1
                    ? "entry \(lost.lowerBound) is lost"
                    : "entries \(lost.lowerBound) to \(lost.upperBound - 1) are lost"
            ])
    }

    @Test("takes what stands in a segment that is called as if there were an entry 0")
    func segmentZero() throws {
        try write(9)
        let name = try folder.files("journal")[1]
        try FileManager.default.moveItem(
            atPath: "\(folder.path)/journal/\(name)", toPath: "\(folder.path)/journal/\(Segment.name(0))")
        let result = try salvage()
        #expect(result.taken == Array(1...9) && result.report.seq == 9)
        #expect(!result.salvage.losses.contains { $0.contains("lost") }, "\(result.salvage.losses)")
    }

    @Test("takes the older snapshot where the newest is damaged, and every entry")
    func damagedSnapshot() throws {
        try write(6, snapshots: [3, 5])
        let newest = "snapshots/\(Segment.name(5))"
        var bytes = try folder.bytes(newest)
        bytes[bytes.count / 2] ^= 1
        try folder.write(bytes, to: newest)
        let result = try salvage()
        #expect(result.taken == Array(1...6))
        #expect(result.report.snapshotSeq == 3 && result.salvage.records == 3)
        #expect(result.salvage.losses.count == 1 && result.salvage.losses[0].hasPrefix(newest))
    }

    @Test("tells what the end of the journal lacks of what a snapshot stands for")
    func missingEnd() throws {
        try write(9, snapshots: [9])
        let names = try folder.files("journal")
        let cut = try #require(names.last.flatMap { Segment.seq(ofName: $0) })
        try FileManager.default.removeItem(atPath: "\(folder.path)/journal/\(Segment.name(cut))")
        let result = try salvage()
        #expect(result.taken == Array(1..<cut))
        #expect(result.report.seq == 9 && result.report.records == 9)
        #expect(result.salvage.losses.count == 1, "entries \(cut) to 9 are in the snapshot alone")
    }

    @Test("gives what stands for lost entries no time before the entry it comes after")
    func times() throws {
        try write(9)
        let lost = try folder.files("journal")[1]
        try FileManager.default.removeItem(atPath: "\(folder.path)/journal/\(lost)")
        let target = TemporaryFolder()
        _ = try Salvage(from: folder.path, into: target.path, with: KeepingReader(), segmentBytesMax: 1)
        #expect(try target.files("journal").contains(lost), "what stands for the lost entries begins a segment")
        try FileLedger(directory: target.path).follow(after: 0, through: 9) { (entry) throws(LedgerFault) in
            #expect(entry.at == "2026-01-31T09:00:00Z", "entry \(entry.seq)")
            return true
        }
    }

    @Test("ends where the new files cannot be written, and takes that for no damage")
    func targetFault() throws {
        try write(6, snapshots: [3, 5])
        let target = TemporaryFolder()
        // No file can have the name of a folder.
        let unfinished = "\(target.path).unfinished"
        defer { try? FileManager.default.removeItem(atPath: unfinished) }
        try FileManager.default.createDirectory(
            atPath: "\(unfinished)/snapshots/\(Segment.name(5))", withIntermediateDirectories: true)
        #expect(throws: LedgerFault.self) { try Salvage(from: folder.path, into: target.path, with: KeepingReader()) }
        let snapshots = try FileManager.default.contentsOfDirectory(atPath: "\(unfinished)/snapshots")
        #expect(snapshots == [Segment.name(5)], "no half of a snapshot, and no older one")
        #expect(
            !FileManager.default.fileExists(atPath: "\(target.path)/snapshots"),
            "nothing that a server would start with")
    }

    @Test("ends where the journal cannot be read, with nothing that a server would start with")
    func journalFault() throws {
        try write(6, snapshots: [6])
        try FileManager.default.removeItem(atPath: "\(folder.path)/journal")
        try "a file".write(toFile: "\(folder.path)/journal", atomically: true, encoding: .utf8)
        let target = TemporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: "\(target.path).unfinished") }
        #expect(throws: LedgerFault.self) { try Salvage(from: folder.path, into: target.path, with: KeepingReader()) }
        #expect(!FileManager.default.fileExists(atPath: "\(target.path)/snapshots"))
    }

    @Test("tells that all of the journal is lost where a snapshot alone is there")
    func missingJournal() throws {
        try write(9, snapshots: [9])
        for name in try folder.files("journal") {
            try FileManager.default.removeItem(atPath: "\(folder.path)/journal/\(name)")
        }
        let target = TemporaryFolder()
        let salvage = try Salvage(from: folder.path, into: target.path, with: KeepingReader())
        #expect(try target.verify().seq == 9)
        #expect(salvage.entries == 0 && salvage.records == 9)
        #expect(salvage.losses == ["entries 1 to 9 are lost; the snapshot has what that led to"])
    }

    /// Renames a segment.
    private func rename(_ name: String, to other: String) throws {
        try FileManager.default.moveItem(
            atPath: "\(folder.path)/journal/\(name)", toPath: "\(folder.path)/journal/\(other)")
    }

    @Test("takes every entry that stands out of order, and says where it stood")
    func outOfOrder() throws {
        try write(9)
        let names = try folder.files("journal")
        try rename(names[1], to: "other")
        try rename(names[2], to: names[1])
        try rename("other", to: names[2])
        let swapped = try salvage()
        #expect(swapped.taken == Array(1...9))
        #expect(swapped.salvage.losses.count == 3, "two headers and where it goes back: \(swapped.salvage.losses)")
        #expect(swapped.salvage.losses.last?.hasPrefix("journal/\(names[2]), line 2: entry ") == true)
        try rename(names[1], to: Segment.name(9000))
        try rename(names[2], to: names[1])
        let moved = try salvage()
        #expect(moved.taken == Array(1...9) && moved.salvage.losses.count == 2, "\(moved.salvage.losses)")
    }

    @Test("takes the first segment where it stands behind the others, beside a snapshot too", arguments: [nil, 5])
    func firstMoved(snapshotSeq: Int64?) throws {
        try write(9, snapshots: snapshotSeq.map { [$0] } ?? [])
        try rename(try folder.files("journal")[0], to: Segment.name(9000))
        let moved = try salvage()
        #expect(moved.taken == Array(1...9) && moved.report.seq == 9)
    }

    @Test("takes lines that changed places")
    func swappedLines() throws {
        try write(6, segmentBytesMax: 10_000)
        let file = "journal/\(try folder.files("journal")[0])"
        var lines = try folder.bytes(file).split(separator: UInt8(ascii: "\n"))
        lines.swapAt(2, 4)
        try folder.write(lines.flatMap { $0 + [UInt8(ascii: "\n")] }, to: file)
        let result = try salvage()
        #expect(result.taken == Array(1...6))
        #expect(
            result.salvage.losses == [
                "\(file), line 4: entry 3 stands behind entry 4", "\(file), line 5: entry 2 stands behind entry 4",
            ])
    }

    @Test("names a file that is no segment, and takes nothing of a format that is newer")
    func notTaken() throws {
        try write(9)
        let names = try folder.files("journal")
        try rename(names[1], to: "\(names[1]).bak")
        let renamed = try salvage()
        #expect(renamed.salvage.losses.first?.hasPrefix("journal/\(names[1]).bak: nothing of it is taken") == true)
        #expect(renamed.salvage.losses.count == 2 && renamed.report.seq == 9)
        try rename("\(names[1]).bak", to: names[1])
        let lines = try folder.bytes("journal/\(names[1])").split(separator: UInt8(ascii: "\n"))
        var bytes: [UInt8] = []
        SealedLine.append(to: &bytes) { writer in
            writer.member("format", "tandem-journal")
            writer.member("version", 3)
            writer.member("seq", .integer(Segment.seq(ofName: names[1]) ?? 0))
        }
        try folder.write(bytes + lines.dropFirst().flatMap { $0 + [UInt8(ascii: "\n")] }, to: "journal/\(names[1])")
        let newer = try salvage()
        #expect(
            newer.salvage.losses.first
                == "journal/\(names[1]), line 1: its format is newer than this program reads, so nothing of the file is taken"
        )
        #expect(newer.taken == renamed.taken)
    }

    @Test("a line that vouches for what is not before it is damage to a start, to a check and to a salvage")
    func vouchesForMore() throws {
        for synced in [2, 99_999] as [Int64] {
            let folder = TemporaryFolder()
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/journal", withIntermediateDirectories: true)
            var bytes: [UInt8] = []
            Segment.appendHeader(kind: "journal", seq: 1, to: &bytes)
            EntryLine(entry: Self.entry(1), synced: 0, erasureBefore: nil).append(to: &bytes)
            EntryLine(entry: Self.entry(2), synced: synced, erasureBefore: nil).append(to: &bytes)
            try folder.write(bytes, to: "journal/\(Segment.name(1))")
            let reason = "entry \(synced) is said to be on disk, and the last one before this line is 1"
            #expect(throws: LedgerFault.damaged(file: "journal/\(Segment.name(1))", line: 3, reason: reason)) {
                try folder.verify()
            }
            let target = TemporaryFolder()
            let salvage = try Salvage(from: folder.path, into: target.path, with: KeepingReader())
            #expect(salvage.losses == ["journal/\(Segment.name(1)), line 3: \(reason)"] && salvage.entries == 2)
        }
    }

    /// A segment's bytes: what stands in it after its header, line by line.
    struct Line: Sendable {
        let append: @Sendable (inout [UInt8]) -> Void

        static func header(_ seq: Int64) -> Line {
            Line { Segment.appendHeader(kind: "journal", seq: seq, to: &$0) }
        }

        static func entry(_ seq: Int64) -> Line {
            Line { EntryLine(entry: SalvageTests.entry(seq), synced: nil, erasureBefore: nil).append(to: &$0) }
        }

        static func mark(_ synced: Int64) -> Line { Line { JournalLine.appendMark(synced: synced, to: &$0) } }
    }

    /// Whole lines that should not be where they are, by segments.
    struct Odd: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let segments: [Int64: [Line]]
        /// What a salvage says first, and which entries it takes.
        let loss: String
        let taken: [Int64]
    }

    static let odd: [Odd] = [
        Odd(
            testDescription: "the least number", segments: [1: [.header(1), .entry(1), .entry(.min), .entry(2)]],
            loss: "00001.jsonl, line 3: -9223372036854775808 is no entry's number", taken: [1, 2]),
        Odd(
            testDescription: "the greatest number", segments: [1: [.header(1), .entry(1), .entry(.max), .entry(2)]],
            loss: "00001.jsonl, line 3: 9223372036854775807 is no entry's number", taken: [1, 2]),
        Odd(
            testDescription: "number 0", segments: [1: [.header(1), .entry(0), .entry(1), .entry(2)]],
            loss: "00001.jsonl, line 2: 0 is no entry's number", taken: [1, 2]),
        Odd(
            testDescription: "a first mark beyond what is before it",
            segments: [1: [.header(1), .mark(7), .entry(1), .entry(2)]],
            loss:
                "00001.jsonl, line 2: entry 7 is said to be on disk, and the last one before this line is 0",
            taken: [1, 2]),
        Odd(
            testDescription: "no header", segments: [1: [.entry(1), .entry(2)]],
            loss: "00001.jsonl, line 1: a header should stand here", taken: [1, 2]),
        Odd(
            testDescription: "a second header", segments: [1: [.header(1), .header(1), .entry(1), .entry(2)]],
            loss: "00001.jsonl, line 2: the first line of a file stands within one", taken: [1, 2]),
        Odd(
            testDescription: "an empty file between two",
            segments: [1: [.header(1), .entry(1), .entry(2)], 3: [], 4: [.header(4), .entry(4)]],
            loss: "00003.jsonl: it is empty", taken: [1, 2, 4]),
        Odd(
            testDescription: "a segment of another ledger",
            segments: [
                1: [.header(1), .entry(1)], 1_000_000_000_000: [.header(1_000_000_000_000), .entry(1_000_000_000_000)],
            ],
            loss:
                "00000001000000000000.jsonl, line 2: entry 1000000000000 is not taken, since 999999999998 before it are missing: it seems to be of another ledger",
            taken: [1]),
    ]

    @Test("what stands where it should not is refused by a start, told by a survey, and left out", arguments: odd)
    func outOfPlace(odd: Odd) throws {
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/journal", withIntermediateDirectories: true)
        for (seq, lines) in odd.segments {
            var bytes: [UInt8] = []
            for line in lines { line.append(&bytes) }
            try folder.write(bytes, to: "journal/\(Segment.name(seq))")
        }
        #expect(throws: LedgerFault.self) { try folder.verify() }
        let survey = try Salvage(of: folder.path, with: KeepingReader())
        #expect(survey.losses.first?.hasSuffix(odd.loss) == true, "\(survey.losses)")
        let result = try salvage()
        #expect(result.salvage.losses == survey.losses)
        #expect(result.taken == odd.taken)
    }

    @Test("entries that lost all their line ends are refused by a start, and all taken")
    func noLineEnds() throws {
        let count: Int64 = 5_000
        var bytes: [UInt8] = []
        Segment.appendHeader(kind: "journal", seq: 1, to: &bytes)
        for seq in 1...count {
            EntryLine(entry: Self.entry(seq), synced: seq - 1, erasureBefore: nil).append(to: &bytes)
        }
        for place in bytes.indices where bytes[place] == UInt8(ascii: "\n") { bytes[place] = UInt8(ascii: " ") }
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/journal", withIntermediateDirectories: true)
        try folder.write(bytes, to: "journal/\(Segment.name(1))")
        // The entries say themselves that those before them were on disk.
        #expect(throws: LedgerFault.self) { try folder.verify() }
        let result = try salvage()
        #expect(result.taken == Array(1...count))
        #expect(result.salvage.losses == ["journal/\(Segment.name(1)), line 1: its line end is damaged"])
    }

    /// Takes no entry that names dragons.
    private struct DragonsRefused: LedgerReader {
        func read(_ loaded: Loaded) throws(LedgerFault) {
            guard case .entries(let entries) = loaded,
                let entry = entries.first(where: { $0.changes.contains { $0.resource == "dragons" } })
            else { return }
            throw .unreadable(seq: entry.seq, reason: "it has dragons")
        }
        func take(_ part: Void) {}
        func restart() {}
    }

    @Test("of two entries of one number the one that a start can read is taken")
    func secondCopy() throws {
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/journal", withIntermediateDirectories: true)
        let dragons = [Change(resource: "dragons", was: nil, .stands(Array("{}".utf8)))]
        let refused = Entry(seq: 2, at: "2026-01-31T09:00:00Z", actor: "a", request: "r2", changes: dragons)
        var bytes: [UInt8] = []
        Segment.appendHeader(kind: "journal", seq: 1, to: &bytes)
        for entry in [Self.entry(1), refused, Self.entry(2), Self.entry(3), Self.entry(3)] {
            EntryLine(entry: entry, synced: nil, erasureBefore: nil).append(to: &bytes)
        }
        try folder.write(bytes, to: "journal/\(Segment.name(1))")
        let target = TemporaryFolder()
        let salvage = try Salvage(from: folder.path, into: target.path, with: DragonsRefused())
        let file = "journal/\(Segment.name(1))"
        #expect(salvage.entries == 3)
        #expect(
            salvage.losses == ["\(file), line 3: entry 2: it has dragons", "\(file), line 6: entry 3 is there twice"])
        #expect(try FileLedger.verify(target.path, with: DragonsRefused()).seq == 3)
    }

    @Test("what a start could not read is lost, and the rest starts")
    func unreadable() throws {
        let ledger = try FileLedger(directory: folder.path)
        var reader = KeepingReader()
        _ = try ledger.load(into: &reader)
        let dragons = [Change(resource: "dragons", was: nil, .stands(Array("{}".utf8)))]
        try ledger.append([
            Self.entry(1), Entry(seq: 2, at: "2026-01-31T09:00:00Z", actor: "a", request: "r2", changes: dragons),
            Self.entry(3),
        ])
        try ledger.close()
        let target = TemporaryFolder()
        withExtendedLifetime(ledger) {}
        let copy = TemporaryFolder()
        try FileManager.default.copyItem(atPath: "\(folder.path)/journal", toPath: "\(copy.path)/journal")
        let salvage = try Salvage(from: copy.path, into: target.path, with: DragonsRefused())
        #expect(
            salvage.losses == ["journal/\(Segment.name(1)), line 3: entry 2: it has dragons", "entry 2 is lost"])
        #expect(salvage.entries == 2)
        let verified = try FileLedger.verify(target.path, with: DragonsRefused())
        #expect(verified.seq == 3)
    }
}
