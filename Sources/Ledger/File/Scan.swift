internal import CLinux
internal import JSON

/// Finds the entries of segments whose lines hold one of some texts, on all cores; a line that holds none is not parsed.
struct Scan {
    let directory: String
    let texts: [[UInt8]]

    init(directory: String, texts: some Sequence<String>) {
        self.directory = directory
        self.texts = texts.map { Array($0.utf8) }
    }

    /// What of a segment is not whole.
    struct Damage {
        /// A line that holds one of the texts.
        var ofFound: LedgerFault?
        /// Any line: it may hold one and not say so any more.
        var ofAny: LedgerFault?
    }

    /// Gives the entries of a segment that hold a text, in order, and tells which lines nobody can read.
    func forEachEntry(
        of segment: Segment.Named, _ take: (Entry) throws(LedgerFault) -> Void
    ) throws(LedgerFault) -> Damage {
        let windows = try Windows("\(directory)/\(segment.file)", cut: Windows.atLineEnd)
        var damage = Damage()
        try windows.forEach { window in
            found(in: window.bytes, of: segment)
        } _: { _, found throws(LedgerFault) in
            for entry in found.entries { try take(entry) }
            damage.ofFound = damage.ofFound ?? found.damage.ofFound
            damage.ofAny = damage.ofAny ?? found.damage.ofAny
            return true
        }
        return damage
    }

    private func found(in bytes: [UInt8], of segment: Segment.Named) -> (entries: [Entry], damage: Damage) {
        var entries: [Entry] = []
        var damage = Damage(ofAny: firstUnsealed(in: bytes, of: segment))
        for line in lines(in: bytes) {
            do throws(LedgerFault) {
                guard case .entry(let found) = try JournalLine.demand(bytes, line, of: segment) else { continue }
                entries.append(found.entry)
            } catch {
                damage.ofFound = damage.ofFound ?? error
                damage.ofAny = damage.ofAny ?? error
            }
        }
        return (entries, damage)
    }

    private func firstUnsealed(in bytes: [UInt8], of segment: Segment.Named) -> LedgerFault? {
        var lines = Lines(bytes)
        while let line = lines.next() {
            if !SealedLine.isWhole(bytes, line.range) { return .unsealed(segment) }
        }
        return nil
    }

    /// The lines that hold a text, without their ends, in order.
    private func lines(in bytes: [UInt8]) -> [Range<Int>] {
        var lines: Set<Range<Int>> = []
        for text in texts {
            var place = 0
            while let found = bytes.place(of: text, from: place) {
                let start = bytes[..<found].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
                let end = bytes[found...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                lines.insert(start..<end)
                place = end
            }
        }
        return lines.sorted { $0.lowerBound < $1.lowerBound }
    }
}

extension LedgerFault {
    fileprivate static func unsealed(_ segment: Segment.Named) -> LedgerFault {
        .damaged(file: segment.file, line: 0, reason: "a line does not match its checksum")
    }
}

extension JournalLine {
    /// Reads the line at `range`, its end apart, which must be whole.
    static func demand(
        _ bytes: [UInt8], _ range: Range<Int>, of segment: Segment.Named
    ) throws(LedgerFault) -> JournalLine {
        guard SealedLine.isWhole(bytes, range) else { throw .unsealed(segment) }
        do throws(JSONFault) { return try read(bytes, range) } catch {
            throw .damaged(file: segment.file, line: 0, reason: error.reason)
        }
    }
}

extension Entry {
    /// Whether one of its records holds one of some texts.
    func holds(anyOf texts: [String]) -> Bool {
        let texts = texts.map { Array($0.utf8) }
        return changes.contains { change in
            switch change.state {
            case .gone(let id): texts.contains { $0.elementsEqual(id.utf8) }
            case .stands(let encoded): texts.contains { encoded.place(of: $0, from: 0) != nil }
            }
        }
    }
}

extension [UInt8] {
    /// Where `text` first stands at or behind `start`.
    func place(of text: [UInt8], from start: Int) -> Int? {
        unsafe withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress,
                let found = unsafe tandem_find(base + start, Int64(count - start), text, Int64(text.count))
            else { return nil }
            return unsafe found - base
        }
    }
}
