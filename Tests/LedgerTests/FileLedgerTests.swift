import Foundation
import Glibc
import JSON
import Locks
import TestSupport
import Testing

@testable import Ledger

@Suite("A ledger in a folder")
struct FileLedgerTests {
    let folder = TemporaryFolder()

    static func entry(_ seq: Int64, _ text: String = "x") -> Entry {
        Entry(
            seq: seq, at: "2026-01-31T09:00:00Z", actor: "key_1", request: "r\(seq)",
            changes: [
                Change(
                    resource: "leads", was: seq > 1 ? seq - 1 : nil,
                    .stands(Array("{\"id\":\"lead_\(seq)\",\"n\":\"\(text)\"}".utf8))),
                Change(resource: "deals", was: nil, .gone(id: "deal_\(seq)")),
            ])
    }

    private func open(segmentBytesMax: Int = 64 << 20) throws -> FileLedger {
        try FileLedger(directory: folder.path, segmentBytesMax: segmentBytesMax)
    }

    /// Loads the folder anew and gives what it holds.
    private func load() throws -> (report: LoadReport, entries: [Entry], records: [Standing]) {
        var reader = KeepingReader()
        let report = try open().load(into: &reader)
        return (report, reader.entries, reader.records)
    }

    private func check() throws(LedgerFault) -> LoadReport {
        try FileLedger.verify(folder.path, with: KeepingReader())
    }

    private func append(_ seqs: ClosedRange<Int64>, segmentBytesMax: Int = 64 << 20) throws {
        let ledger = try loaded(segmentBytesMax: segmentBytesMax)
        for seq in seqs { try ledger.append([Self.entry(seq)]) }
        // As its owner does when nothing is left to write.
        try ledger.append([])
    }

    private func loaded(segmentBytesMax: Int = 64 << 20) throws -> FileLedger {
        let ledger = try open(segmentBytesMax: segmentBytesMax)
        var reader = KeepingReader()
        _ = try ledger.load(into: &reader)
        return ledger
    }

    @Test("gives back what was appended, in order, over several segments and starts")
    func order() throws {
        try append(1...7, segmentBytesMax: 300)
        try append(8...9)
        let loaded = try load()
        #expect(loaded.entries.map(\.seq) == Array(1...9))
        #expect(loaded.entries[3].changes[0].state == Self.entry(4).changes[0].state)
        #expect(loaded.entries[3].changes[0].was == 3)
        #expect(loaded.entries[3].changes[1].state == .gone(id: "deal_4"))
        #expect(loaded.entries[3].actor == "key_1")
        #expect(loaded.report.seq == 9)
        #expect(try folder.files("journal").count > 3)
    }

    /// What is lost of the journal's end, which only the file `closed` knows of.
    @Test(
        "does not start without an end that was there when it was closed",
        arguments: ["newest", "all", "folder", "header", "mark and entry", "line", "none"])
    func endIsMissing(what: String) throws {
        do {
            let ledger = try loaded(segmentBytesMax: 300)
            for seq in Int64(1)...6 { try ledger.append([Self.entry(seq)]) }
            try snapshot(ledger, 3)
            try ledger.close()
        }
        let newest = "journal/\(try #require(try folder.files("journal").last))"
        let bytes = try folder.bytes(newest)
        let lineEnds = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
        switch what {
        case "newest": try folder.remove(newest)
        case "all": for name in try folder.files("journal") { try folder.remove("journal/\(name)") }
        case "folder": try folder.remove("journal")
        case "header": try folder.write(Array(bytes[...lineEnds[0]]), to: newest)
        case "mark and entry": try folder.write(Array(bytes[...(lineEnds[1] - 7)]), to: newest)
        case "line": try folder.write(Array(bytes[...lineEnds[lineEnds.count - 3]]), to: newest)
        default: break
        }
        guard what != "none" else {
            #expect(try check().seq == 6)
            #expect(try load().report.seq == 6)
            #expect(try folder.files("") == ["LOCK", "journal", "snapshots"], "it is open")
            return
        }
        let found = #expect(throws: LedgerFault.self) { try check() }
        let fault = #expect(throws: LedgerFault.self) { try load() }
        #expect(fault == found)
        let target = TemporaryFolder()
        let salvage = try Salvage(from: folder.path, into: target.path, with: KeepingReader())
        #expect(salvage.losses.contains { $0.contains("to 6 are lost") || $0.contains("entry 6 is lost") })
        #expect(try target.verify().seq < 6)
    }

    @Test("tells of a damaged word on what is erased, and goes on without it")
    func damagedErased() throws {
        try append(1...2)
        try folder.write(Array("{\"erased\":7,\"crc\":\"00000000\"}\n".utf8), to: "erased")
        let found = try check()
        #expect(found.isDamaged)
        #expect(found.remarks.map { $0.contains("erased") } == [true])
        #expect(try load().report.seq == 2)
    }

    @Test("takes an erasure for done in its own folder alone, and not beyond its last entry", arguments: [true, false])
    func doneElsewhere(isCopied: Bool) throws {
        try append(1...3)
        try ErasedFile(directory: folder.path).write(isCopied ? 2 : 7)
        guard isCopied else {
            _ = try load()
            #expect(try ErasedFile(directory: folder.path).read() == .nothing)
            return
        }
        #expect(try ErasedFile(directory: folder.path).read() == .done(through: 2))
        let copy = TemporaryFolder()
        try FileManager.default.copyItem(atPath: folder.path, toPath: copy.path)
        #expect(try ErasedFile(directory: copy.path).read() == .nothing)
    }

    @Test(
        "refuses a whole line that says what cannot be",
        arguments: [#"{"synced":3}"#, #"{"a":1}"#, #"{"seq":9223372036854775808,"changes":[]}"#])
    func impossibleLine(text: String) throws {
        try append(1...2)
        let file = "journal/\(Segment.name(1))"
        let json = try JSONParser.parse(Array(text.utf8))
        var bytes = try folder.bytes(file)
        SealedLine.append(to: &bytes) { writer in
            for member in json.members ?? [] { writer.member(member.name, member.value) }
        }
        try folder.write(bytes, to: file)
        let fault = #expect(throws: LedgerFault.self) { try load() }
        guard case .damaged(file, 5, _) = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
    }

    @Test("is held by one process at a time")
    func lock() throws {
        let first = try open()
        #expect(throws: LedgerFault.inUse(directory: folder.path)) { try open() }
        withExtendedLifetime(first) {}
    }

    @Test("cuts a last entry that is torn at any byte, and goes on after it")
    func torn() throws {
        try append(1...3)
        let file = "journal/\(Segment.name(1))"
        let whole = try folder.bytes(file)
        let lineStarts = [0] + whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
        for size in lineStarts[1]..<whole.count {
            try folder.write(Array(whole[..<size]), to: file)
            let loaded = try load()
            let wholeLines = lineStarts.filter { $0 <= size }.count - 2
            #expect(
                loaded.entries.map(\.seq) == Array(1...3).prefix(wholeLines).map { Int64($0) }, "cut to \(size) bytes")
            #expect(loaded.report.remarks.isEmpty == lineStarts.contains(size), "cut to \(size) bytes")
        }
        let third = lineStarts[4] - 5
        try folder.write(Array(whole[..<third]), to: file)
        #expect(try load().report.seq == 2)
        try append(3...4)
        #expect(try load().entries.map(\.seq) == [1, 2, 3, 4])
    }

    @Test(
        "never gives an entry that is not what was written, whichever byte is damaged, and loses none that was synced")
    func flips() throws {
        try append(1...3)
        let file = "journal/\(Segment.name(1))"
        let whole = try folder.bytes(file)
        let markStart = (whole.dropLast().lastIndex(of: UInt8(ascii: "\n")) ?? 0) + 1
        let written = [Self.entry(1), Self.entry(2), Self.entry(3)].map { $0.changes[0].state }
        for place in whole.indices {
            var damaged = whole
            damaged[place] ^= 0x04
            try folder.write(damaged, to: file)
            do {
                let loaded = try load()
                // The mark at the end is no entry, and says that those before it were synced.
                #expect(place >= markStart && !loaded.report.remarks.isEmpty, "byte \(place)")
                #expect(loaded.entries.map { $0.changes[0].state } == written, "byte \(place)")
            } catch let fault as LedgerFault {
                guard case .damaged(let name, let line, _) = fault else {
                    Issue.record("byte \(place): \(fault)")
                    continue
                }
                #expect(name == file && line >= 1 && place < markStart, "byte \(place)")
            }
        }
    }

    /// A batch of three that was never synced, its blocks on disk as a power loss may leave them.
    @Test("cuts a batch that was never synced, wherever it is torn, and whatever of it is whole", arguments: 0..<3)
    func tornBatch(lost: Int) throws {
        let ledger = try loaded()
        try ledger.append([Self.entry(1)])
        try ledger.append([Self.entry(2), Self.entry(3), Self.entry(4)])
        let file = "journal/\(Segment.name(1))"
        let whole = try folder.bytes(file)
        let lineStarts = [0] + whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
        let start = lineStarts[2 + lost]
        for size in [1, 40, lineStarts[3 + lost] - start] {
            var damaged = whole
            for place in start..<start + size { damaged[place] = 0 }
            try folder.write(damaged, to: file)
            let report = try open2(folder.path).report
            #expect(report.seq == Int64(1 + lost))
            #expect(report.remarks.count == 1)
        }
        withExtendedLifetime(ledger) {}
    }

    /// Loads a copy of a folder, since the folder itself is held.
    private func open2(_ path: String) throws -> (report: LoadReport, entries: [Entry]) {
        let copy = TemporaryFolder()
        try FileManager.default.copyItem(atPath: path, toPath: copy.path)
        var reader = KeepingReader()
        let report = try FileLedger(directory: copy.path).load(into: &reader)
        return (report, reader.entries)
    }

    @Test(
        "refuses to start without a segment, with a stranger's file, and with another format",
        arguments: [
            "missing", "stranger", "kind", "version", "gap",
        ])
    func refused(what: String) throws {
        try append(1...6, segmentBytesMax: 300)
        let names = try folder.files("journal")
        let second = "journal/\(names[1])"
        switch what {
        case "missing": try FileManager.default.removeItem(atPath: "\(folder.path)/\(second)")
        case "stranger": try folder.write([1], to: "journal/notes.txt")
        case "kind": try folder.write(Self.header("snapshot"), to: "journal/\(names[0])")
        case "version":
            var bytes: [UInt8] = []
            SealedLine.append(to: &bytes) { writer in
                writer.member("format", "tandem-journal")
                writer.member("version", 3)
                writer.member("seq", 1)
            }
            try folder.write(bytes, to: "journal/\(names[0])")
        default:
            var bytes = Self.header("journal")
            EntryLine(entry: Self.entry(2), synced: nil, erasureBefore: nil).append(to: &bytes)
            try folder.write(bytes, to: "journal/\(names[0])")
        }
        let fault = #expect(throws: LedgerFault.self) { try load() }
        switch fault {
        case .damaged, .foreign: break
        default: Issue.record("\(String(describing: fault))")
        }
        let again = #expect(throws: LedgerFault.self) { try check() }
        #expect(again == fault, "a check finds what a start finds")
    }

    private static func header(_ kind: String) -> [UInt8] {
        var bytes: [UInt8] = []
        Segment.appendHeader(kind: kind, seq: 1, to: &bytes)
        return bytes
    }

    private func snapshot(_ ledger: FileLedger, _ seq: Int64) throws {
        try ledger.snapshot(seq: seq) { (give) throws(LedgerFault) in
            try give(Standing(resource: "leads", seq: seq, .stands(Array("{\"id\":\"lead_s\(seq)\"}".utf8))))
            try give(Standing(resource: "deals", seq: seq, .gone(id: "deal_\(seq)")))
        }
    }

    private static func names(_ records: [Standing]) -> [Int64] { records.map(\.seq) }

    @Test("a check finds what cannot be read of entries that no start reads, and a salvage leaves it out")
    func unreadableBehindSnapshot() throws {
        let unreadable = Entry(seq: 2, at: "", actor: "a", request: "r2", changes: Self.entry(2).changes)
        do {
            let ledger = try loaded()
            for entry in [Self.entry(1), unreadable, Self.entry(3), Self.entry(4)] { try ledger.append([entry]) }
            try snapshot(ledger, 3)
        }
        var reader = ParticularReader()
        #expect(try open().load(into: &reader).seq == 4)
        let fault = #expect(throws: LedgerFault.self) { try FileLedger.verify(folder.path, with: ParticularReader()) }
        guard case .damaged(_, line: 3, let reason) = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(reason.contains("no time"))
        let salvage = try Salvage(of: folder.path, with: ParticularReader())
        #expect(salvage.losses.contains { $0.contains("no time") })
    }

    /// Refuses an entry that was recorded at no time.
    private struct ParticularReader: LedgerReader {
        func read(_ loaded: Loaded) throws(LedgerFault) -> Loaded {
            if case .entries(let entries) = loaded, let first = entries.first(where: \.at.isEmpty) {
                throw .unreadable(seq: first.seq, reason: "no time")
            }
            return loaded
        }

        mutating func take(_ part: Loaded) {}

        mutating func restart() {}
    }

    @Test("reads the newest snapshot that is whole, and the entries after it")
    func snapshots() throws {
        let ledger = try loaded()
        for seq in Int64(1)...3 { try ledger.append([Self.entry(seq)]) }
        for seq in Int64(1)...3 { try snapshot(ledger, seq) }
        try ledger.append([Self.entry(4)])
        #expect(try folder.files("snapshots") == [Segment.name(2), Segment.name(3)], "two are kept")
        let copy = try open2(folder.path)
        #expect(copy.report.snapshotSeq == 3)
        #expect(copy.report.records == 2)
        #expect(copy.entries.map(\.seq) == [4])
    }

    @Test("passes over a snapshot that is damaged at any byte for an older one, and over all for the journal")
    func damagedSnapshots() throws {
        do {
            let ledger = try loaded()
            for seq in Int64(1)...4 {
                try ledger.append([Self.entry(seq)])
                if seq > 2 { try snapshot(ledger, seq) }
            }
        }
        #expect(Self.names(try load().records) == [4, 4])
        let newest = "snapshots/\(Segment.name(4))"
        let whole = try folder.bytes(newest)
        for place in whole.indices {
            var damaged = whole
            damaged[place] ^= 1
            try folder.write(damaged, to: newest)
            let loaded = try load()
            #expect(Self.names(loaded.records) == [3, 3], "byte \(place)")
            #expect(loaded.entries.map(\.seq) == [4], "byte \(place)")
            #expect(loaded.report.remarks.count == 1, "byte \(place)")
        }
        let older = "snapshots/\(Segment.name(3))"
        try folder.write(Array(try folder.bytes(older).dropLast(9)), to: older)
        let loaded = try load()
        #expect(loaded.records.isEmpty)
        #expect(loaded.entries.map(\.seq) == [1, 2, 3, 4])
    }

    @Test(
        "tells what is missing, or damaged at an end, before what its start reads",
        arguments: ["gone", "cut", "flipped"])
    func hole(how: String) throws {
        do {
            let ledger = try loaded(segmentBytesMax: 300)
            for seq in Int64(1)...9 { try ledger.append([Self.entry(seq)]) }
            try snapshot(ledger, 9)
        }
        #expect(try load().report.remarks == [])
        let names = try folder.files("journal")
        let (file, next) = ("\(folder.path)/journal/\(names[1])", try #require(Segment.seq(ofName: names[2])))
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        switch how {
        case "gone": try FileManager.default.removeItem(atPath: file)
        case "cut": try bytes.dropLast(20).write(to: URL(fileURLWithPath: file))
        default: try (bytes.dropLast(20) + [0x21] + bytes.suffix(19)).write(to: URL(fileURLWithPath: file))
        }
        let report = try load().report
        #expect(report.isDamaged)
        if how == "flipped" {
            #expect(report.remarks.contains { $0.contains(names[1]) && $0.contains("checksum") }, "\(report.remarks)")
        } else {
            #expect(
                report.remarks.contains { $0.contains("\(next - 1) ") && $0.contains("missing") }, "\(report.remarks)")
            #expect(
                throws: LedgerFault.lost(
                    after: Int64(how == "gone" ? try #require(Segment.seq(ofName: names[1])) - 1 : next - 2),
                    before: next)
            ) {
                try loaded(segmentBytesMax: 300).follow(after: 0, through: 9) { _ in true }
            }
        }
    }

    @Test("starts from a snapshot that the journal does not reach, and says what is missing of the history")
    func backupWithoutEnd() throws {
        do {
            let ledger = try loaded(segmentBytesMax: 300)
            for seq in Int64(1)...6 { try ledger.append([Self.entry(seq)]) }
            try snapshot(ledger, 6)
        }
        let names = try folder.files("journal")
        let kept = try #require(Segment.seq(ofName: names[1])) - 1
        for name in names.dropFirst() {
            try FileManager.default.removeItem(atPath: "\(folder.path)/journal/\(name)")
        }
        let report = try load().report
        #expect(report.seq == 6)
        #expect(report.remarks.contains { $0.contains("missing from the journal") })
        #expect(report.isDamaged, "what the ledger remembered is lost")
        // An end that is not there is told of as well.
        #expect(throws: LedgerFault.lost(after: kept, before: 7)) {
            try loaded(segmentBytesMax: 300).follow(after: 0, through: 6) { _ in true }
        }
        try append(7...7)
        let again = try load()
        #expect(again.report.seq == 7)
        #expect(again.entries.map(\.seq) == [7])
        // Who follows is told of the gap, and not taken over it.
        let ledger = try loaded(segmentBytesMax: 300)
        var seen: [Int64] = []
        #expect(throws: LedgerFault.lost(after: kept, before: 7)) {
            try ledger.follow(after: 0, through: 7) { entry in
                seen.append(entry.seq)
                return true
            }
        }
        #expect(seen == Array(1...Int64(seen.count)) && !seen.isEmpty && seen.count < 6)
    }

    @Test("says of an end that is cut whether it was answered, as a snapshot proves", arguments: [nil, 1, 2, 3])
    func answeredEnd(snapshotSeq: Int64?) throws {
        do {
            let ledger = try loaded()
            for seq in Int64(1)...3 { try ledger.append([Self.entry(seq)]) }
            if let snapshotSeq { try snapshot(ledger, snapshotSeq) }
        }
        let file = "journal/\(Segment.name(1))"
        var bytes = try folder.bytes(file)
        bytes[bytes.count - 20] ^= 1
        try folder.write(bytes, to: file)
        let report = try load().report
        let last: Int64 = snapshotSeq == 3 ? 3 : 2
        #expect(report.seq == last)
        let told =
            snapshotSeq == 3 ? ["it was answered", "entry 3 is missing"] : ["nothing says that it was ever synced"]
        #expect(zip(report.remarks, told).allSatisfy { $0.contains($1) } && report.remarks.count == told.count)
        try append(last + 1...last + 1)
        #expect(try load().report.seq == last + 1)
    }

    @Test("closes for ever after a write that failed")
    func closed() throws {
        let ledger = try loaded(segmentBytesMax: 1)
        try ledger.append([Self.entry(1)])
        try FileManager.default.removeItem(atPath: "\(folder.path)/journal")
        for _ in 0..<2 { #expect(throws: LedgerFault.self) { try ledger.append([Self.entry(2)]) } }
        try FileManager.default.createDirectory(atPath: "\(folder.path)/journal", withIntermediateDirectories: true)
        let fault = #expect(throws: LedgerFault.self) { try ledger.append([Self.entry(2)]) }
        if case .closed = fault {} else { Issue.record("\(String(describing: fault))") }
    }

    @Test("leaves a segment that somebody put in its way as it is")
    func inTheWay() throws {
        let ledger = try loaded()
        let file = "journal/\(Segment.name(1))"
        try folder.write([1, 2, 3], to: file)
        for _ in 0..<2 { #expect(throws: LedgerFault.self) { try ledger.append([Self.entry(1)]) } }
        #expect(try folder.bytes(file) == [1, 2, 3])
    }

    @Test("notices that its files are gone, however it syncs", arguments: SyncMode.allCases)
    func gone(mode: SyncMode) throws {
        let ledger = try FileLedger(directory: folder.path, sync: mode)
        var reader = KeepingReader()
        _ = try ledger.load(into: &reader)
        try ledger.append([Self.entry(1)])
        try FileManager.default.removeItem(atPath: "\(folder.path)/journal")
        for _ in 0..<2 { #expect(throws: LedgerFault.self) { try ledger.append([Self.entry(2)]) } }
    }

    @Test("has all on disk once it is closed, and says so, however it syncs else", arguments: SyncMode.allCases)
    func synced(mode: SyncMode) throws {
        let ledger = try FileLedger(directory: folder.path, sync: mode)
        try ledger.close()
        var reader = KeepingReader()
        _ = try ledger.load(into: &reader)
        try ledger.append([Self.entry(1), Self.entry(2)])
        for _ in 0..<2 { try ledger.close() }
        #expect(throws: LedgerFault.closed(because: "the ledger is closed")) { try ledger.append([Self.entry(3)]) }
        let lines = String(decoding: try folder.bytes("journal/\(Segment.name(1))"), as: UTF8.self).split(
            separator: "\n")
        #expect(lines.count == 4)
        #expect(lines.last?.hasPrefix("{\"synced\":2,") == true)
    }

    /// Once a second another thread syncs, and the system tells a fault to it alone.
    @Test(
        "counts nothing as synced behind a fault that was told to another thread", arguments: ["rotate", "end", "all"])
    func faultOfAnother(next: String) throws {
        try FileManager.default.createDirectory(atPath: "\(folder.path)/journal", withIntermediateDirectories: true)
        var writer = JournalWriter(
            directory: folder.path, segmentBytesMax: 1, mode: .interval, seq: 0, lastErasure: 0)
        try writer.append([Self.entry(1)])
        let (segment, _) = try #require(writer.unsynced())
        segment.fault.withLock { $0 = .system(call: "fdatasync", path: "", code: EIO, words: "") }
        #expect(throws: LedgerFault.self) {
            switch next {
            case "rotate": try writer.append([Self.entry(2)])
            case "end": try writer.endSegment()
            default: _ = try writer.close()
            }
        }
        #expect(throws: LedgerFault.self) { try writer.append([Self.entry(2)]) }
        #expect(try folder.files("journal") == [Segment.name(1)])
    }

    @Test("is verified without a byte being changed")
    func verified() throws {
        try append(1...3)
        let file = "journal/\(Segment.name(1))"
        let whole = try folder.bytes(file)
        let markStart = (whole.dropLast().lastIndex(of: UInt8(ascii: "\n")) ?? 0) + 1
        let torn = Array(whole[..<(markStart - 3)])
        try folder.write(torn, to: file)
        let report = try check()
        #expect(report.seq == 2)
        #expect(report.remarks.count == 1)
        #expect(try folder.bytes(file) == torn)
    }
}

@Suite("A checksum")
struct ChecksumTests {
    @Test("is CRC-32C by the vectors of RFC 3720, B.4")
    func vectors() {
        let vectors: [([UInt8], UInt32)] = [
            (Array(repeating: 0, count: 32), 0x8A91_36AA), (Array(repeating: 0xFF, count: 32), 0x62A8_AB43),
            (Array(0..<32), 0x46DD_794E), (Array((0..<32).reversed()), 0x113F_DB5C),
            (Array("123456789".utf8), 0xE306_9283),
        ]
        for (bytes, crc) in vectors { #expect(Checksum.of(bytes, 0..<bytes.count) == crc) }
    }

    @Test("is the same by the processor and by the table")
    func table() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 37) }
        for start in 0..<9 {
            for end in [start, start + 1, start + 7, start + 8, 200, 300] {
                var byTable = Checksum()
                byTable.addByTable(bytes, start..<end)
                #expect(byTable.value == Checksum.of(bytes, start..<end))
            }
        }
    }

    @Test("seals a line, so that each flipped bit is noticed")
    func seal() {
        var line: [UInt8] = []
        SealedLine.append(to: &line) { $0.member("seq", 1) }
        line.removeLast()
        #expect(SealedLine.isWhole(line, 0..<line.count))
        for bit in 0..<line.count * 8 {
            var flipped = line
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!SealedLine.isWhole(flipped, 0..<flipped.count), "bit \(bit)")
        }
    }
}
