import Foundation
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
                    resource: "leads", id: "lead_\(seq)",
                    record: Array("{\"id\":\"lead_\(seq)\",\"n\":\"\(text)\"}".utf8)),
                Change(resource: "deals", id: "deal_\(seq)", record: nil),
            ])
    }

    private func open(segmentBytesMax: Int = 64 << 20) throws -> FileLedger {
        try FileLedger(directory: folder.path, segmentBytesMax: segmentBytesMax)
    }

    /// Loads the folder anew and gives what it holds.
    private func load() throws -> (report: LoadReport, entries: [Entry], records: [Change]) {
        var entries: [Entry] = []
        var records: [Change] = []
        let report = try open().load { (item) throws(LedgerFault) in
            switch item {
            case .entry(let entry): entries.append(entry)
            case .record(let change): records.append(change)
            }
        }
        return (report, entries, records)
    }

    private func append(_ seqs: ClosedRange<Int64>, segmentBytesMax: Int = 64 << 20) throws {
        let ledger = try open(segmentBytesMax: segmentBytesMax)
        for seq in seqs { try ledger.append([Self.entry(seq)]) }
    }

    @Test("gives back what was appended, in order, over several segments and starts")
    func order() throws {
        try append(1...7, segmentBytesMax: 300)
        try append(8...9)
        let loaded = try load()
        #expect(loaded.entries.map(\.seq) == Array(1...9))
        #expect(loaded.entries[3].changes[0].record == Self.entry(4).changes[0].record)
        #expect(loaded.entries[3].changes[1].record == nil)
        #expect(loaded.entries[3].actor == "key_1")
        #expect(loaded.report.seq == 9)
        #expect(try folder.files("journal").count > 3)
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
        try folder.write(Array(whole[..<(whole.count - 5)]), to: file)
        #expect(try load().report.seq == 2)
        try append(3...4)
        #expect(try load().entries.map(\.seq) == [1, 2, 3, 4])
    }

    @Test("never gives an entry that is not what was written, whichever byte is damaged")
    func flips() throws {
        try append(1...3)
        let file = "journal/\(Segment.name(1))"
        let whole = try folder.bytes(file)
        let written = [Self.entry(1), Self.entry(2), Self.entry(3)].map { $0.changes[0].record }
        for place in whole.indices {
            var damaged = whole
            damaged[place] ^= 0x04
            try folder.write(damaged, to: file)
            do {
                let loaded = try load()
                // Only the last entry may be taken for torn; those before it are what they were.
                #expect(loaded.entries.count == 2 && !loaded.report.remarks.isEmpty, "byte \(place)")
                #expect(loaded.entries.map { $0.changes[0].record } == Array(written.prefix(2)), "byte \(place)")
            } catch let fault as LedgerFault {
                guard case .damaged(let name, let line, _) = fault else {
                    Issue.record("byte \(place): \(fault)")
                    continue
                }
                #expect(name == file && line >= 1, "byte \(place)")
            }
        }
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
        case "kind": try folder.write(Segment.header(kind: "snapshot", seq: 1), to: "journal/\(names[0])")
        case "version":
            var bytes: [UInt8] = []
            SealedLine.append(Array("{\"format\":\"tandem-journal\",\"version\":2,\"seq\":1}".utf8), to: &bytes)
            try folder.write(bytes, to: "journal/\(names[0])")
        default:
            var bytes = Segment.header(kind: "journal", seq: 1)
            EntryLine.append(Self.entry(2), to: &bytes)
            try folder.write(bytes, to: "journal/\(names[0])")
        }
        let fault = #expect(throws: LedgerFault.self) { try load() }
        if case .damaged = fault {} else { Issue.record("\(String(describing: fault))") }
        let again = #expect(throws: LedgerFault.self) { try open().verify() }
        #expect(again == fault, "a check finds what a start finds")
    }

    @Test("reads the newest snapshot that is whole, and the entries after it")
    func snapshots() throws {
        let ledger = try open()
        func snapshot(_ seq: Int64) throws {
            try ledger.snapshot(seq: seq) { (give) throws(LedgerFault) in
                try give(Change(resource: "leads", id: "lead_s\(seq)", record: Array("{\"at\":\(seq)}".utf8)))
            }
        }
        for seq in Int64(1)...3 { try ledger.append([Self.entry(seq)]) }
        for seq in Int64(1)...3 { try snapshot(seq) }
        try ledger.append([Self.entry(4)])
        #expect(try folder.files("snapshots") == [Segment.name(2), Segment.name(3)], "two are kept")
        withExtendedLifetime(ledger) {}
    }

    @Test("passes over a damaged snapshot for an older one, and over all for the journal")
    func damagedSnapshots() throws {
        do {
            let ledger = try open()
            for seq in Int64(1)...4 {
                try ledger.append([Self.entry(seq)])
                guard seq > 1 else { continue }
                try ledger.snapshot(seq: seq) { (give) throws(LedgerFault) in
                    try give(Change(resource: "leads", id: "lead_s\(seq)", record: Array("{\"at\":\(seq)}".utf8)))
                }
            }
        }
        #expect(try load().records.map(\.id) == ["lead_s4"])
        for (seq, expected) in [(Int64(4), ["lead_s3"]), (3, [])] {
            let file = "snapshots/\(Segment.name(seq))"
            var bytes = try folder.bytes(file)
            bytes[bytes.count / 2] ^= 1
            try folder.write(bytes, to: file)
            let loaded = try load()
            #expect(loaded.records.map(\.id) == expected)
            #expect(loaded.report.seq == 4)
            #expect(!loaded.report.remarks.isEmpty)
            #expect(loaded.entries.map(\.seq) == (expected.isEmpty ? [1, 2, 3, 4] : [4]))
        }
    }

    @Test("closes for ever after a write that failed")
    func closed() throws {
        let ledger = try open(segmentBytesMax: 1)
        try ledger.append([Self.entry(1)])
        try FileManager.default.removeItem(atPath: "\(folder.path)/journal")
        for _ in 0..<2 { #expect(throws: LedgerFault.self) { try ledger.append([Self.entry(2)]) } }
        try FileManager.default.createDirectory(atPath: "\(folder.path)/journal", withIntermediateDirectories: true)
        let fault = #expect(throws: LedgerFault.self) { try ledger.append([Self.entry(2)]) }
        if case .closed = fault {} else { Issue.record("\(String(describing: fault))") }
    }

    @Test("is verified without a byte being changed")
    func verified() throws {
        try append(1...3)
        let file = "journal/\(Segment.name(1))"
        let torn = Array(try folder.bytes(file).dropLast(3))
        try folder.write(torn, to: file)
        let report = try open().verify()
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

    @Test("seals a line, so that each flipped bit is noticed")
    func seal() {
        var line: [UInt8] = []
        SealedLine.append(Array("{\"seq\":1,\"changes\":[]}".utf8), to: &line)
        line.removeLast()
        #expect(SealedLine.isWhole(line, 0..<line.count))
        for bit in 0..<line.count * 8 {
            var flipped = line
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!SealedLine.isWhole(flipped, 0..<flipped.count), "bit \(bit)")
        }
    }
}
