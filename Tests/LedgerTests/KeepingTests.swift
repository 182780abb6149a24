import Foundation
import TestSupport
import Testing

@testable import Ledger

/// What is done to files that are written already: lines blanked, segments let go, damaged directories salvaged.
@Suite("A ledger's older files")
struct KeepingTests {
    let folder = TemporaryFolder()
    private static let secret = "ada@example.com"

    private func open(_ path: String? = nil, segmentBytesMax: Int = 600) throws -> FileLedger {
        let ledger = try FileLedger(directory: path ?? folder.path, segmentBytesMax: segmentBytesMax)
        var reader = KeepingReader()
        _ = try ledger.load(into: &reader)
        return ledger
    }

    private static func change(_ id: String, _ text: String, was: Int64?) -> Change {
        Change(resource: "leads", was: was, .stands(Array("{\"id\":\"\(id)\",\"email\":\"\(text)\"}".utf8)))
    }

    private static func entry(_ seq: Int64, erases: Bool = false, day: Int = 1, _ changes: [Change]) -> Entry {
        Entry(
            seq: seq, at: "2026-01-\(day < 10 ? "0" : "")\(day)T09:00:00Z", actor: "a", request: "r", erases: erases,
            changes: changes)
    }

    /// Two leads with versions in turn over several segments; then the first is erased.
    private func writeAndErase(_ ledger: FileLedger) throws {
        for seq in Int64(1)...12 {
            let isAda = seq % 2 == 1
            try ledger.append([
                Self.entry(
                    seq,
                    [
                        Self.change(
                            isAda ? "lead_a" : "lead_b", isAda ? Self.secret : "bob", was: seq > 2 ? seq - 2 : nil)
                    ])
            ])
        }
        try ledger.append([Self.entry(13, erases: true, [Self.change("lead_a", "", was: 11)])])
    }

    private static let blanking = Blanking(
        subjects: { [RecordID.read($0.state) ?? ""] }, blank: { change("lead_a", "", was: $0.was) })

    private func textOfAllFiles() throws -> String {
        try ["journal", "snapshots"].flatMap { name in
            try folder.files(name).map { String(decoding: try folder.bytes("\(name)/\($0)"), as: UTF8.self) }
        }.joined()
    }

    @Test("have no word of what was erased, and every other line as it was")
    func erasure() throws {
        do {
            let ledger = try open()
            try writeAndErase(ledger)
            try ledger.snapshot(seq: 12) { (give) throws(LedgerFault) in
                try give(Standing(resource: "leads", seq: 11, Self.change("lead_a", Self.secret, was: nil).state))
            }
            let before = try textOfAllFiles().split(separator: "\n").filter { $0.contains("bob") }
            #expect(try textOfAllFiles().contains(Self.secret))
            try ledger.erase(through: 13, Self.blanking, seq: 13) { (give) throws(LedgerFault) in
                try give(Standing(resource: "leads", seq: 13, Self.change("lead_a", "", was: nil).state))
            }
            #expect(try !textOfAllFiles().contains(Self.secret))
            #expect(try textOfAllFiles().split(separator: "\n").filter { $0.contains("bob") } == before)
            try ledger.append([Self.entry(14, [Self.change("lead_c", "later", was: nil)])])
        }
        let again = try FileLedger(directory: folder.path)
        _ = try folder.verify()
        var reader = KeepingReader()
        let report = try again.load(into: &reader)
        #expect(report.seq == 14)
        #expect(report.unfinishedErasure == nil)
        var seqs: [Int64] = []
        try again.follow(after: 0, through: 14) { (entry) throws(LedgerFault) in
            seqs.append(entry.seq)
            return true
        }
        #expect(seqs == Array(1...14))
    }

    @Test("are blanked by the next start where a crash kept them from it")
    func unfinished() throws {
        try writeAndErase(try open())
        let ledger = try FileLedger(directory: folder.path)
        var reader = KeepingReader()
        #expect(try ledger.load(into: &reader).unfinishedErasure == 13)
        try ledger.erase(through: 13, Self.blanking, seq: 13) { (_) throws(LedgerFault) in }
        #expect(try !textOfAllFiles().contains(Self.secret))
    }

    @Test("stay where a snapshot turns out to be damaged, since then all of them may be needed", arguments: [0, 1])
    func retentionBesideDamage(_ place: Int) throws {
        let ledger = try open(segmentBytesMax: 300)
        for seq in Int64(1)...10 {
            try ledger.append([Self.entry(seq, day: Int(seq), [Self.change("lead_\(seq)", "x", was: nil)])])
        }
        for seq in [Int64(6), 9] { try ledger.snapshot(seq: seq) { (_) throws(LedgerFault) in } }
        let all = try folder.files("journal")
        let path = "\(folder.path)/snapshots/\(try folder.files("snapshots").sorted()[place])"
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        try (whole.dropLast(3) + Data("0}\n".utf8)).write(to: URL(fileURLWithPath: path))
        #expect(throws: LedgerFault.self) { try ledger.removeSegments(recordedBefore: "2027-01-01") }
        #expect(try folder.files("journal") == all)
        try whole.write(to: URL(fileURLWithPath: path))
        #expect(try ledger.removeSegments(recordedBefore: "2027-01-01") > 0)
    }

    /// Of what the journal no longer tells a snapshot alone would be the only word.
    @Test("are told by two files after an erasure too, either of which a start takes", arguments: [0, 1])
    func twoAfterErasure(_ place: Int) throws {
        var given: [Standing] = []
        do {
            let ledger = try open(segmentBytesMax: 300)
            try writeAndErase(ledger)
            for seq in [Int64(10), 12] { try ledger.snapshot(seq: seq) { (_) throws(LedgerFault) in } }
            #expect(try ledger.removeSegments(recordedBefore: "2027-01-01") > 0)
            let blank = Self.change("lead_a", "", was: 11)
            given = [
                Standing(resource: "leads", seq: 13, blank.state),
                Standing(resource: "leads", seq: 12, Self.change("lead_b", "bob", was: nil).state),
            ]
            try ledger.erase(through: 13, Self.blanking, seq: 13) { (give) throws(LedgerFault) in
                for standing in given { try give(standing) }
            }
            try ledger.close()
        }
        #expect(try !textOfAllFiles().contains(Self.secret))
        let names = try folder.files("snapshots").sorted()
        try #require(names == [Segment.copyName(13), Segment.name(13)])
        #expect(try folder.bytes("snapshots/\(names[0])") == folder.bytes("snapshots/\(names[1])"))
        try folder.write(
            Array(try folder.bytes("snapshots/\(names[place])").dropLast(4)), to: "snapshots/\(names[place])")
        let report = try FileLedger.verify(folder.path, with: KeepingReader())
        #expect(report.isDamaged && report.remarks.contains { $0.contains(names[place]) }, "\(report.remarks)")
        var reader = KeepingReader()
        let ledger = try FileLedger(directory: folder.path)
        let loaded = try ledger.load(into: &reader)
        #expect(loaded.snapshotSeq == 13 && loaded.records == given.count && loaded.seq == 13)
        // The next snapshot stands beside it, and the one after in its place.
        try ledger.append([Self.entry(14, [Self.change("lead_b", "bo", was: 12)])])
        try ledger.snapshot(seq: 14) { (_) throws(LedgerFault) in }
        #expect(try folder.files("snapshots").sorted() == [Segment.name(13), Segment.name(14)])
    }

    @Test("are not told twice where the journal has all of it")
    func oneAfterErasure() throws {
        let ledger = try open()
        try writeAndErase(ledger)
        try ledger.snapshot(seq: 12) { (_) throws(LedgerFault) in }
        try ledger.erase(through: 13, Self.blanking, seq: 13) { (_) throws(LedgerFault) in }
        #expect(try folder.files("snapshots") == [Segment.name(13)])
    }

    @Test(
        "that are pipes are told by name, and not waited for", .timeLimit(.minutes(1)),
        arguments: ["journal", "snapshots", ""])
    func pipes(_ place: String) throws {
        do {
            let ledger = try open()
            try writeAndErase(ledger)
            try ledger.snapshot(seq: 12) { (_) throws(LedgerFault) in }
            try ledger.close()
        }
        let name = place.isEmpty ? "erased" : "\(place)/\(try folder.files(place).sorted()[0])"
        try? FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
        let made = unsafe mkfifo("\(folder.path)/\(name)", 0o644)
        #expect(made == 0)
        let fault = #expect(throws: LedgerFault.self) { _ = try FileLedger.verify(folder.path, with: KeepingReader()) }
        #expect("\(fault.map { "\($0)" } ?? "")".contains(name), "\(String(describing: fault))")
    }

    @Test("among the snapshots that are none are told, and taken by no salvage in silence")
    func foreignSnapshot() throws {
        do {
            let ledger = try open()
            try writeAndErase(ledger)
            try ledger.snapshot(seq: 12) { (_) throws(LedgerFault) in }
            try ledger.close()
        }
        let (old, new) = ("snapshots/\(Segment.name(12))", "snapshots/\(Segment.name(12)).bak")
        try FileManager.default.moveItem(atPath: "\(folder.path)/\(old)", toPath: "\(folder.path)/\(new)")
        let report = try FileLedger.verify(folder.path, with: KeepingReader())
        #expect(report.remarks.contains { $0.hasPrefix("\(new): nothing of it is read") } && !report.isDamaged)
        let losses = try Salvage(of: folder.path, with: KeepingReader()).losses
        #expect(losses.contains { $0.hasPrefix("\(new): nothing of it is taken") })
    }

    @Test("that end right behind the snapshot lack nothing where the last entry was torn")
    func tornBehindSnapshot() throws {
        let ledger = try open(segmentBytesMax: 300)
        for seq in Int64(1)...4 { try ledger.append([Self.entry(seq, [Self.change("lead_\(seq)", "x", was: nil)])]) }
        try ledger.snapshot(seq: 4) { (_) throws(LedgerFault) in }
        try ledger.endSegment()
        try ledger.append([Self.entry(5, [Self.change("lead_5", "x", was: nil)])])
        let last = "journal/\(try #require(try folder.files("journal").max()))"
        #expect(last.contains("5.jsonl"))
        let copy = TemporaryFolder()
        try FileManager.default.copyItem(atPath: folder.path, toPath: copy.path)
        try copy.write(Array(try copy.bytes(last).dropLast(30)), to: last)
        var reader = KeepingReader()
        let report = try FileLedger(directory: copy.path).load(into: &reader)
        #expect(report.seq == 4 && report.firstSeq == 1)
        #expect(report.remarks.count == 1 && report.remarks[0].contains("it is cut"), "\(report.remarks)")
        #expect(!report.isDamaged)
    }

    @Test("go when neither the older snapshot nor the kept days need them")
    func retention() throws {
        let ledger = try open(segmentBytesMax: 300)
        for seq in Int64(1)...10 {
            try ledger.append([Self.entry(seq, day: Int(seq), [Self.change("lead_\(seq)", "x", was: nil)])])
        }
        let all = try folder.files("journal").count
        #expect(try ledger.removeSegments(recordedBefore: "2027-01-01") == 0, "no snapshot stands for them")
        for seq in [Int64(6), 9] { try ledger.snapshot(seq: seq) { (_) throws(LedgerFault) in } }
        #expect(try ledger.removeSegments(recordedBefore: "2026-01-04") > 0)
        let some = try folder.files("journal").count
        #expect(some < all)
        #expect(try ledger.removeSegments(recordedBefore: "2027-01-01") > 0)
        let first = try #require(try folder.files("journal").compactMap { Segment.seq(ofName: $0) }.first)
        #expect(first <= 7, "the older snapshot needs what comes after it")
        #expect(throws: LedgerFault.forgotten(before: first)) {
            try ledger.follow(after: 0, through: 10) { (_) throws(LedgerFault) in true }
        }
        var seqs: [Int64] = []
        try ledger.follow(after: first - 1, through: 10) { (entry) throws(LedgerFault) in
            seqs.append(entry.seq)
            return true
        }
        #expect(seqs == Array(first...10))
    }

    @Test("are salvaged: all that is whole is taken, and each loss told", arguments: ["flip", "segment", "snapshot"])
    func salvage(damage: String) throws {
        do {
            let ledger = try open(segmentBytesMax: 300)
            for seq in Int64(1)...8 {
                try ledger.append([Self.entry(seq, [Self.change("lead_\(seq)", "text\(seq)", was: nil)])])
                if seq == 4 || seq == 6 {
                    try ledger.snapshot(seq: seq) { (give) throws(LedgerFault) in
                        try give(
                            Standing(resource: "leads", seq: seq, Self.change("lead_s\(seq)", "s", was: nil).state))
                    }
                }
            }
            try ledger.append([])
        }
        let segments = try folder.files("journal")
        switch damage {
        case "flip":
            let file = "journal/\(segments[segments.count - 1])"
            var bytes = try folder.bytes(file)
            let place = try #require(bytes.firstRange(of: Array("text".utf8))).lowerBound
            bytes[place] ^= 1
            try folder.write(bytes, to: file)
        case "segment":
            try FileManager.default.removeItem(atPath: "\(folder.path)/journal/\(segments[segments.count - 2])")
        default:
            for name in try folder.files("snapshots") {
                try folder.write(Array(try folder.bytes("snapshots/\(name)").dropLast(4)), to: "snapshots/\(name)")
            }
        }
        let target = TemporaryFolder()
        let salvage = try Salvage(from: folder.path, into: target.path, with: KeepingReader())
        #expect(!salvage.losses.isEmpty)
        let ledger = try FileLedger(directory: target.path)
        _ = try target.verify()
        var reader = KeepingReader()
        let report = try ledger.load(into: &reader)
        #expect(report.seq == 8)
        var texts: [String] = []
        try ledger.follow(after: 0, through: 8) { (entry) throws(LedgerFault) in
            if entry.actor == "repair" { return true }
            texts.append("text\(entry.seq)")
            return true
        }
        #expect(texts.count == salvage.entries)
        switch damage {
        case "flip": #expect(salvage.entries == 7)
        case "segment": #expect(salvage.entries < 8 && salvage.records == 1)
        default: #expect(salvage.entries == 8 && salvage.records == 0 && salvage.losses.count == 2)
        }
    }

    @Test("go bit by bit, and stay whole for whoever reads one", arguments: [false, true])
    func slowRemoval(isRead: Bool) throws {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let path = "\(folder.path)/snapshot"
        let content = Data(repeating: 7, count: 13 << 20)
        try content.write(to: URL(filePath: path))
        let reader = isRead ? try FileHandle(forReadingFrom: URL(filePath: path)) : nil
        try SystemFile.removeSlowly(path, in: folder.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        if let reader { #expect(try reader.readToEnd() == content) }
    }

    @Test("are not written twice for the same entry, but again where the one that was there is gone")
    func sameSnapshot() throws {
        let ledger = try open()
        try writeAndErase(ledger)
        var written = 0
        func snapshot() throws {
            try ledger.snapshot(seq: 12) { give throws(LedgerFault) in
                written += 1
                try give(Standing(resource: "leads", seq: 12, .stands(Array("{\"id\":\"lead_a\"}".utf8))))
            }
        }
        try snapshot()
        try snapshot()
        #expect(written == 1)
        try FileManager.default.removeItem(atPath: "\(folder.path)/snapshots/\(Segment.name(12))")
        try snapshot()
        #expect(written == 2)
        #expect(try folder.verify().snapshotSeq == 12)
    }
}
