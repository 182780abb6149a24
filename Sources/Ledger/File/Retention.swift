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
    /// - Throws: ``LedgerFault`` also where a snapshot is damaged, with which nothing goes.
    func removeSegments(recordedBefore oldest: String) throws(LedgerFault) -> Int {
        // One snapshot alone could turn out to be damaged, and then all of the journal is needed.
        let snapshots = try Segment.snapshots(in: directory)
        guard snapshots.count > 1 else { return 0 }
        let old = try segments(before: snapshots[0].seq + 1, recordedBefore: oldest)
        if old.isEmpty { return 0 }
        for snapshot in snapshots {
            do throws(LedgerFault) { _ = try SnapshotReader(directory: directory, snapshot).verify() } catch {
                throw error.located(in: snapshot.file, line: 0)
            }
        }
        for segment in old { try SystemFile.removeSlowly("\(directory)/\(segment.file)", in: "\(directory)/journal") }
        try SystemFile.syncDirectory("\(directory)/journal")
        return old.count
    }

    /// The first segments whose entries are all before entry `seq` and recorded before a time.
    private func segments(
        before seq: Int64, recordedBefore oldest: String
    ) throws(LedgerFault) -> [Segment.Named] {
        let segments = try Segment.list("journal", in: directory)
        var old: [Segment.Named] = []
        for (segment, next) in zip(segments, segments.dropFirst()) {
            guard next.seq <= seq, try isRecorded(next, before: oldest) else { break }
            old.append(segment)
        }
        return old
    }

    private func isRecorded(_ segment: Segment.Named, before oldest: String) throws(LedgerFault) -> Bool {
        var reader = try LineReader(directory: directory, segment)
        guard let first = try reader.nextEntry() else { return false }
        // Both are in UTC, so they order as texts but for the fraction of a second.
        return first.entry.at < oldest
    }
}
