/// How much of the past is kept beside what a start needs.
public enum KeptHistory: Sendable, Equatable {
    /// All of it.
    case all
    /// Entries recorded within so many days.
    case days(Int)
}

/// Takes away segments that nobody needs.
struct Retention {
    let directory: String

    /// Takes away the segments that stand whole before the older snapshot and before `oldest`, an RFC 3339 time.
    ///
    /// - Returns: how many went.
    func removeSegments(recordedBefore oldest: String) throws(LedgerFault) -> Int {
        // One snapshot alone could turn out to be damaged, and then all of the journal is needed.
        let snapshots = try Segment.list("snapshots", in: directory)
        guard snapshots.count > 1 else { return 0 }
        let segments = try Segment.list("journal", in: directory)
        var removed = 0
        for (segment, next) in zip(segments, segments.dropFirst()) {
            guard next.seq <= snapshots[0].seq + 1, try isRecorded(next, before: oldest) else { break }
            try SystemFile.removeSlowly("\(directory)/\(segment.file)", in: "\(directory)/journal")
            removed += 1
        }
        if removed > 0 { try SystemFile.syncDirectory("\(directory)/journal") }
        return removed
    }

    private func isRecorded(_ segment: Segment.Named, before oldest: String) throws(LedgerFault) -> Bool {
        var reader = try LineReader(directory: directory, segment)
        guard let first = try reader.nextEntry() else { return false }
        // Both are in UTC, so they order as texts but for the fraction of a second.
        return first.entry.at < oldest
    }
}
