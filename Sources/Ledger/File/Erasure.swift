internal import Glibc
internal import JSON

/// Blanks records in lines that were written before their erasure.
///
/// A segment is written anew beside the old one and takes its name when it is on disk, so a crash leaves either; which
/// erasures are done is said by the file `erased`, and doing one twice changes nothing.
struct Erasure {
    let directory: String

    // MARK: What is done

    /// The last erasure that is done in every older line.
    func done() throws(LedgerFault) -> Int64 {
        // A damaged word is no word: the work is done again.
        guard case .done(let seq) = try ErasedFile(directory: directory).read() else { return 0 }
        return seq
    }

    /// The last erasure that is not after entry `seq`, walking back from the newest there is; 0 where there is none.
    func last(upTo seq: Int64, from newest: Int64) throws(LedgerFault) -> Int64 {
        let history = History(directory: directory)
        var erasure = newest
        while erasure > seq { erasure = try history.line(erasure)?.erasureBefore ?? 0 }
        return erasure
    }

    /// Remembers that all erasures up to `seq` are done.
    func setDone(_ seq: Int64) throws(LedgerFault) { try ErasedFile(directory: directory).write(seq) }

    // MARK: Rewriting

    /// Blanks all that the erasures after `done` up to `last`, which is one, demand; the segments are no longer written to.
    ///
    /// - Returns: a line that nobody can read, where there is one: it may hold what is to be blanked.
    /// - Parameter standing: gives the records as they stand, for what a lost erasure erased.
    func rewrite(
        through last: Int64, after done: Int64, _ blanking: Blanking, standing: SnapshotSource
    ) throws(LedgerFault) -> LedgerFault? {
        var search = try ErasureSearch(directory: directory, blanking, through: last)
        try search.run(after: done, standing: standing)
        for segment in search.segments {
            try rewrite(segment, search.targets, blanking)
        }
        return search.damage
    }

    private func rewrite(
        _ segment: Segment.Named, _ targets: ErasureSearch.Targets, _ blanking: Blanking
    ) throws(LedgerFault) {
        // Without a way back from one version to the one before, all lines are looked at.
        var looksAtAll = targets.areIncomplete
        if !looksAtAll { looksAtAll = try isOld(segment) }
        guard looksAtAll || targets.segments.contains(segment.seq) else { return }
        try SystemFile.replace("\(directory)/\(segment.file)", in: "\(directory)/journal") { file throws(LedgerFault) in
            try writeBlanked(segment, targets, looksAtAll: looksAtAll, blanking, to: file)
        }
    }

    /// Writes the segment's lines with what is erased blanked, and tells whether there was any.
    private func writeBlanked(
        _ segment: Segment.Named, _ targets: ErasureSearch.Targets, looksAtAll: Bool, _ blanking: Blanking,
        to file: borrowing SystemFile
    ) throws(LedgerFault) -> Bool {
        var reader = try LineReader(directory: directory, segment)
        var output: [UInt8] = []
        var hasChanged = false
        while let bytes = try reader.nextLineBytes() {
            if let line = try blanked(Array(bytes), targets, looksAtAll: looksAtAll, segment, blanking) {
                output += line
                hasChanged = true
            } else {
                output += bytes
            }
            if output.count > 1 << 20 {
                try file.write(output)
                output.removeAll(keepingCapacity: true)
            }
        }
        try file.write(output)
        return hasChanged
    }

    /// The line with its records blanked, or `nil` where it has none that are not.
    private func blanked(
        _ bytes: [UInt8], _ targets: ErasureSearch.Targets, looksAtAll: Bool, _ segment: Segment.Named,
        _ blanking: Blanking
    ) throws(LedgerFault) -> [UInt8]? {
        guard bytes.starts(with: Self.entryStart), looksAtAll || targets.versions[Self.seq(bytes)] != nil,
            SealedLine.isWhole(bytes, 0..<bytes.count - 1),
            case .entry(let line) = try JournalLine.demand(bytes, 0..<bytes.count - 1, of: segment)
        else { return nil }
        let entry = line.entry
        var hasChanged = false
        let changes = entry.changes.map { change in
            guard targets.have(change, of: entry.seq, looksAtAll: looksAtAll, blanking) else { return change }
            let blank = blanking.blank(change)
            if blank.state != change.state { hasChanged = true }
            return blank
        }
        guard hasChanged else { return nil }
        var written: [UInt8] = []
        let blankedEntry = Entry(
            seq: entry.seq, at: entry.at, actor: entry.actor, request: entry.request, erases: entry.erases,
            changes: changes)
        EntryLine(entry: blankedEntry, synced: line.synced, erasureBefore: line.erasureBefore).append(to: &written)
        return written
    }

    private static let entryStart = Array("{\"seq\":".utf8)

    private static func seq(_ bytes: [UInt8]) -> Int64 {
        let digits = bytes.dropFirst(entryStart.count).prefix { $0 &- UInt8(ascii: "0") < 10 }
        return Int64(String(decoding: digits, as: UTF8.self)) ?? 0
    }

    /// Format 1 has no `was` to walk back by.
    private func isOld(_ segment: Segment.Named) throws(LedgerFault) -> Bool {
        let start = try SystemFile("\(directory)/\(segment.file)", O_RDONLY).read(at: 0, count: 512)
        var lines = Lines(start)
        guard let header = lines.next() else { return false }
        return try Segment.header(start, header.range, kind: "journal", seq: segment.seq, file: segment.file).version
            == 1
    }
}

/// The id of a record in a change.
enum RecordID {
    static func read(_ state: RecordState) -> String? {
        switch state {
        case .gone(let id): id
        case .stands(let record): member("id", of: record)?.text
        }
    }

    /// Whether no version can have been before: a record's `version` counts from 1.
    static func isFirstVersion(_ state: RecordState) -> Bool {
        switch state {
        case .gone: false
        case .stands(let record): member("version", of: record)?.wholeNumber ?? 1 == 1
        }
    }

    private static func member(_ wanted: String, of record: [UInt8]) -> JSON? {
        var parser = JSONParser(record)
        do throws(JSONFault) {
            try parser.enterObject()
            var isFirst = true
            while let name = try parser.nextMember(isFirst: isFirst) {
                isFirst = false
                if name == wanted { return try parser.value() }
                _ = try parser.skipValue()
            }
        } catch {
            return nil
        }
        return nil
    }
}
