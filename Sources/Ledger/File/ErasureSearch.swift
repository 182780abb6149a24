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
    /// A line that nobody can read, which may hold what is to be blanked.
    private(set) var damage: LedgerFault?
    private let directory: String
    private let history: History
    private let blanking: Blanking
    private let last: Int64
    /// The ways to go back by, by the entry that is next, and all that were gone.
    private var ways: [Int64: [Way]] = [:]
    private var gone: [Int64: Set<Way>] = [:]

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
            let damage = try scan.forEachEntry(of: segment) { add($0) }
            self.damage = self.damage ?? damage.ofAny
        }
        try goBack()
        for seq in targets.versions.keys {
            if let segment = segments.last(where: { $0.seq <= seq }) { targets.segments.insert(segment.seq) }
        }
    }

    /// An entry, where it is there and not damaged.
    private mutating func readable(_ seq: Int64) throws(LedgerFault) -> EntryLine? {
        do throws(LedgerFault) { return try history.line(seq) } catch {
            guard case .damaged = error else { throw error }
            damage = damage ?? error
            return nil
        }
    }

    // MARK: Subjects

    /// Walks from erasure to erasure; where one was lost, all lines are looked through for others, and the records for
    /// what it erased.
    private mutating func findSubjects(after done: Int64, _ standing: SnapshotSource) throws(LedgerFault) {
        var next = last
        while next > done {
            guard let line = try readable(next), let before = line.erasureBefore else {
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
            let damage = try scan.forEachEntry(of: segment) { entry in
                guard entry.erases, entry.seq > done, entry.seq < lost else { return }
                entry.changes.forEach { addSubjects(of: $0, through: entry.seq) }
            }
            self.damage = self.damage ?? damage.ofAny
        }
        try standing { record throws(LedgerFault) in
            guard record.seq == lost else { return }
            let change = Change(resource: record.resource, was: nil, record.state)
            addSubjects(of: change, through: lost)
            guard let id = RecordID.read(record.state), blanking.subjects(change).isEmpty else { return }
            // What it blanked that names nobody; where its versions are, nothing says any more.
            targets.about[id] = lost
            targets.areIncomplete = true
        }
    }

    /// Who is erased is changed: what is about them may be about others too.
    private mutating func addSubjects(of change: Change, through seq: Int64) {
        guard let id = RecordID.read(change.state), blanking.subjects(change).contains(id) else { return }
        targets.subjects[id] = max(targets.subjects[id] ?? 0, seq)
    }

    // MARK: Versions

    /// A record on the way back from a version that is blanked.
    private struct Way: Hashable {
        let id: String
        /// Who else may be named on the way.
        let parted: Set<String>
    }

    /// Notes what an entry changed of the subjects and about them, and where the versions before are.
    private mutating func add(_ entry: Entry) {
        let changes = Changes(of: entry)
        let parted = parted(by: entry)
        for (place, change) in entry.changes.enumerated() {
            let subjects = blanking.subjects(change)
            // The erasure's own changes are blank, and what was before them may name nobody.
            let isAbout = subjects.contains { entry.seq <= targets.subjects[$0] ?? 0 }
            guard isAbout || isErasedUnnamed(change, subjects, by: entry) else { continue }
            note(change, of: entry.seq)
            guard let id = changes.ids[place], !subjects.contains(id) else { continue }
            targets.about[id] = max(targets.about[id] ?? 0, entry.seq)
            // An erasure parts nobody: the merges that it blanks were taken back before. But what it says is gone was deleted
            // while it was somebody's of those.
            let others = entry.erases && !change.state.isGone ? [] : parted
            goBack(Way(id: id, parted: others), changes.of[id]?.filter { $0 <= place } ?? [], of: entry, isFirst: true)
        }
    }

    /// The changes of an entry by the ids of their records.
    private struct Changes {
        let ids: [String?]
        /// The places of each record's changes, in order.
        private(set) var of: [String: [Int]] = [:]

        init(of entry: Entry) {
            ids = entry.changes.map { RecordID.read($0.state) }
            for case (let place, let id?) in ids.enumerated() { of[id, default: []].append(place) }
        }
    }

    /// Whether an erasure blanked what names nobody, such as a call with the only person of a deal.
    private func isErasedUnnamed(_ change: Change, _ subjects: [String], by entry: Entry) -> Bool {
        entry.erases && subjects.isEmpty && blanking.blank(change).state == change.state
    }

    /// Has the entry looked at, unless the change is blank already.
    private mutating func note(_ change: Change, of seq: Int64, older id: String? = nil) {
        guard blanking.blank(change).state != change.state else { return }
        targets.versions[seq, default: []].formUnion(id.map { [$0] } ?? [])
    }

    /// Notes the versions of a record that an entry made, the last first, back to one that names somebody else, and where
    /// the ones before them are; whom an entry parts the subject from is nobody else until then.
    ///
    /// - Parameter isFirst: whether the last of them is noted already.
    private mutating func goBack(_ way: Way, _ places: [Int], of entry: Entry, isFirst: Bool) {
        for place in places.dropLast(isFirst ? 1 : 0).reversed() {
            let change = entry.changes[place]
            // Another subject may be on the way: one of the erased was part of the other.
            let isOfOthers = blanking.subjects(change).contains { subject in
                !way.parted.contains(subject) && entry.seq > targets.subjects[subject] ?? 0
            }
            if isOfOthers { return }
            note(change, of: entry.seq, older: way.id)
        }
        // One that an entry changed twice says in its first change what was before.
        guard let oldest = places.first.map({ entry.changes[$0] }) else { return }
        if let was = oldest.was {
            if gone[was, default: []].insert(way).inserted { ways[was, default: []].append(way) }
        } else if !RecordID.isFirstVersion(oldest.state) {
            // The first format did not say which entry was before, and its entries may stand in segments of the second.
            targets.areIncomplete = true
        }
    }

    /// Goes all ways back, entry by entry and each but once: one that many lines came in has many records on their way.
    private mutating func goBack() throws(LedgerFault) {
        while !ways.isEmpty {
            let now = ways.sorted { $0.key < $1.key }
            ways = [:]
            for (seq, all) in now {
                guard let entry = try readable(seq)?.entry else {
                    // A segment that is no longer kept holds nothing; an entry that is not there in one that is was lost.
                    if seq >= segments.first?.seq ?? 0 { targets.areIncomplete = true }
                    continue
                }
                let changes = Changes(of: entry)
                let parted = entry.erases ? [] : parted(by: entry)
                for way in all {
                    guard let places = changes.of[way.id] else {
                        targets.areIncomplete = true
                        continue
                    }
                    // Who was parted from whom the subject was parted from later was the subject too.
                    goBack(Way(id: way.id, parted: way.parted.union(parted)), places, of: entry, isFirst: false)
                }
            }
        }
    }

    /// Who else is named by what is about a subject and about others, as the record of a merge is, in an entry.
    private func parted(by entry: Entry) -> Set<String> {
        Set(
            entry.changes.flatMap { change in
                // The first version of a merge's record makes one of two, and a later one two of them.
                guard !RecordID.isFirstVersion(change.state) else { return [String]() }
                let subjects = blanking.subjects(change)
                guard subjects.count > 1, subjects.contains(where: { targets.subjects[$0] != nil }),
                    !subjects.contains(RecordID.read(change.state) ?? "")
                else { return [String]() }
                return subjects.filter { targets.subjects[$0] == nil }
            })
    }
}
