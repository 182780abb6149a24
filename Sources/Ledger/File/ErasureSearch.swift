/// Looks for every older version of what some erasures erase.
///
/// A version that names a subject is found by the subject's id among the bytes of its line, wherever that is: its record
/// may be gone since, or be about somebody else. One that names nobody yet, such as a visitor's touch before the visitor
/// was known, or whom the person was merged into, is found from a later version of its record, along `was`.
struct ErasureSearch {
    /// What is blanked.
    struct Targets {
        /// The subjects, and the last entry up to which each is blanked.
        fileprivate(set) var subjects: [String: Int64] = [:]
        /// The entries to be looked at, with the records that do not name a subject there and are blanked too.
        fileprivate(set) var versions: [Int64: Set<String>] = [:]
        /// The first entries of the segments that hold one of these.
        fileprivate(set) var segments: Set<Int64> = []
        /// The records that are about a subject, and the last entry that says so.
        fileprivate var about: [String: Int64] = [:]
        /// Whether a walk back ended at an entry that was lost.
        fileprivate(set) var areIncomplete = false

        /// Whether a change of entry `seq` is to be blanked.
        func have(_ change: Change, of seq: Int64, looksAtAll: Bool, _ blanking: Blanking) -> Bool {
            let subjects = blanking.subjects(change)
            if subjects.contains(where: { seq < self.subjects[$0] ?? 0 }) { return true }
            guard let id = RecordID.read(change.state) else { return false }
            // Where a walk back ended too early, what names somebody else is left to them.
            return versions[seq]?.contains(id) == true || looksAtAll && subjects.isEmpty && seq < about[id] ?? 0
        }
    }

    /// The segments that hold entries from before the last erasure.
    let segments: [Segment.Named]
    private(set) var targets = Targets()
    private let directory: String
    private let history: History
    private let blanking: Blanking
    private let last: Int64

    init(directory: String, _ blanking: Blanking, through last: Int64) throws(LedgerFault) {
        self.directory = directory
        self.blanking = blanking
        self.last = last
        history = History(directory: directory)
        segments = try Segment.list("journal", in: directory).filter { $0.seq <= last }
    }

    /// Finds all that the erasures after `done` demand.
    mutating func run(after done: Int64, standing: SnapshotSource) throws(LedgerFault) {
        try findSubjects(after: done, standing)
        guard !targets.subjects.isEmpty else { return }
        let scan = Scan(directory: directory, texts: targets.subjects.keys)
        for segment in segments {
            try scan.forEachEntry(of: segment) { entry throws(LedgerFault) in try add(entry) }
        }
        for seq in targets.versions.keys {
            if let segment = segments.last(where: { $0.seq <= seq }) { targets.segments.insert(segment.seq) }
        }
    }

    // MARK: Subjects

    /// Walks from erasure to erasure; where one was lost, all lines are looked through for others, and the records for
    /// what it erased.
    private mutating func findSubjects(after done: Int64, _ standing: SnapshotSource) throws(LedgerFault) {
        var next = last
        while next > done {
            guard let line = try history.line(next), let before = line.erasureBefore else {
                return try findSubjects(after: done, lost: next, standing)
            }
            line.entry.changes.forEach { addSubjects(of: $0, through: next) }
            next = before
        }
    }

    private mutating func findSubjects(
        after done: Int64, lost: Int64, _ standing: SnapshotSource
    ) throws(LedgerFault) {
        let scan = Scan(directory: directory, texts: ["\"erases\":"])
        for segment in segments {
            try scan.forEachEntry(of: segment) { entry throws(LedgerFault) in
                guard entry.erases, entry.seq > done, entry.seq < lost else { return }
                entry.changes.forEach { addSubjects(of: $0, through: entry.seq) }
            }
        }
        try standing { record throws(LedgerFault) in
            guard record.seq == lost else { return }
            addSubjects(of: Change(resource: record.resource, was: nil, record.state), through: lost)
        }
    }

    /// Who is erased is changed: what is about them may be about others too.
    private mutating func addSubjects(of change: Change, through seq: Int64) {
        guard let id = RecordID.read(change.state), blanking.subjects(change).contains(id) else { return }
        targets.subjects[id] = max(targets.subjects[id] ?? 0, seq)
    }

    // MARK: Versions

    private mutating func add(_ entry: Entry) throws(LedgerFault) {
        for (place, change) in entry.changes.enumerated() {
            let subjects = blanking.subjects(change)
            // The erasure's own changes are blank, and what was before them may name nobody.
            guard subjects.contains(where: { entry.seq <= targets.subjects[$0] ?? 0 }) else { continue }
            note(change, of: entry.seq)
            guard let id = RecordID.read(change.state), !subjects.contains(id) else { continue }
            targets.about[id] = max(targets.about[id] ?? 0, entry.seq)
            try addOlder(id, before: place, of: entry)
        }
    }

    /// Has the entry looked at, unless the change is blank already.
    private mutating func note(_ change: Change, of seq: Int64, older id: String? = nil) {
        guard blanking.blank(change).state != change.state else { return }
        targets.versions[seq, default: []].formUnion(id.map { [$0] } ?? [])
    }

    /// Adds the versions of a record before a change of an entry, back to the first that names somebody else; whom an entry
    /// parts the subject from is nobody else until then.
    private mutating func addOlder(_ id: String, before place: Int, of entry: Entry) throws(LedgerFault) {
        var seq = entry.seq
        var changes = entry.changes[...place].filter { RecordID.read($0.state) == id }
        // One that an entry changed twice says in its first change what was before.
        var oldest = changes.first
        changes.removeLast()
        let parted = parted(by: entry)
        while true {
            for change in changes.reversed() {
                guard blanking.subjects(change).allSatisfy(parted.contains) else { return }
                note(change, of: seq, older: id)
            }
            guard let older = oldest?.was else { return noteUntold(before: oldest) }
            seq = older
            changes = try history.line(seq)?.entry.changes.filter { RecordID.read($0.state) == id } ?? []
            // A segment that is no longer kept holds nothing; an entry that is not there in one that is was lost.
            if changes.isEmpty, seq >= segments.first?.seq ?? 0 { targets.areIncomplete = true }
            oldest = changes.first
        }
    }

    /// Who else is named by what is about a subject and about others, as the record of a merge is, in an entry.
    private func parted(by entry: Entry) -> Set<String> {
        Set(
            entry.changes.flatMap { change in
                let subjects = blanking.subjects(change)
                guard subjects.count > 1, subjects.contains(where: { targets.subjects[$0] != nil }),
                    !subjects.contains(RecordID.read(change.state) ?? "")
                else { return [String]() }
                return subjects.filter { targets.subjects[$0] == nil }
            })
    }

    /// The first format did not say which entry was before, and its entries may stand in segments of the second.
    private mutating func noteUntold(before oldest: Change?) {
        if let oldest, !RecordID.isFirstVersion(oldest.state) { targets.areIncomplete = true }
    }
}
