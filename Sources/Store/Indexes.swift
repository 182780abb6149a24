internal import Dispatch
internal import Locks

/// The indexes of a table, which follow its records: a change is noted, and an index takes it in when it is asked for next.
///
/// So a command, behind which others wait, notes what it changed and leaves the rest to another thread; a command that asks
/// an index has that one alone brought up. Whoever shares these with a copy of the table makes others that follow on them,
/// so that the copy stays as it is. What nobody else holds any more is not copied but taken over, so that an index that
/// follows over many states at once is changed in place.
final class Indexes: Sendable {
    private struct Change: Sendable {
        let old: Record?
        let new: Record?
    }

    private struct Changes: Sendable {
        /// How many came before the first that is kept.
        var goneCount = 0
        var kept: [Change] = []
        /// Whether every index has them all.
        var areTaken: Bool

        var count: Int { goneCount + kept.count }
    }

    private struct Follower: Sendable {
        var index = Index()
        /// Whether it goes on from the one before.
        var hasBegun = true
        /// How many changes it has taken in.
        var takenCount = 0
    }

    /// Those that these follow on.
    private struct Before: Sendable {
        /// `nil` once every index has gone on from them.
        var indexes: Indexes?
        /// How many have not.
        var awaitedBy: Int
        /// Whether these alone are the way to them.
        var areOurs = false
    }

    private let declarations: [IndexDeclaration]
    private let before: Locked<Before>
    private let changes: Locked<Changes>
    private let followers: [Locked<Follower>]

    private static let fewRecords = 64

    /// Indexes of no records.
    init(_ declarations: [IndexDeclaration]) {
        self.declarations = declarations
        before = Locked(Before(awaitedBy: 0))
        changes = Locked(Changes(areTaken: true))
        followers = declarations.map { _ in Locked(Follower()) }
    }

    /// Indexes of records in order of their ids, made on all cores: what there is of one half and the other is gathered,
    /// each index's halves are sorted, and joined.
    init(_ declarations: [IndexDeclaration], of records: [Record], _ ids: [Identifier]) {
        let half = records.count / 2
        let halves = [records[..<half], records[half...]]
        let idHalves = [ids[..<half], ids[half...]]
        let gathered = Self.concurrently(2) { Self.gather(declarations, halves[$0]) }
        // The index of words comes last and takes longest, so it goes first.
        let sorted = Self.concurrently(declarations.count * 2) { number in
            gathered[number % 2][declarations.count - 1 - number / 2].sorted()
        }
        let indexes = Self.concurrently(declarations.count) { number in
            Index((sorted[number * 2], idHalves[0]), (sorted[number * 2 + 1], idHalves[1]))
        }
        self.declarations = declarations
        before = Locked(Before(awaitedBy: 0))
        changes = Locked(Changes(areTaken: true))
        followers = indexes.reversed().map { Locked(Follower(index: $0)) }
    }

    /// The same indexes, which go on by themselves.
    init(after before: Indexes) {
        declarations = before.declarations
        self.before = Locked(
            Before(indexes: declarations.isEmpty ? nil : before, awaitedBy: declarations.count))
        changes = Locked(Changes(areTaken: false))
        followers = declarations.map { _ in Locked(Follower(hasBegun: false)) }
    }

    // MARK: Following

    /// Notes that `new` came in place of `old`, where `nil` is none.
    ///
    /// By the only holder: whoever else had these, those that follow on them too, would find them changed.
    func note(_ old: Record?, _ new: Record?) {
        changes.withLock { changes in
            changes.kept.append(Change(old: old, new: new))
            changes.areTaken = false
        }
    }

    /// Has every index take in what was noted; two threads that do so at once share it out.
    func bringUp() {
        let noted = changes.withLock { $0 }
        if noted.areTaken { return }
        before.withLock { $0.indexes }?.bringUp()
        // A few at a time, which stay near while one index after the other looks at them.
        var end = noted.goneCount
        repeat {
            let few = noted.kept[end - noted.goneCount..<min(end + Self.fewRecords, noted.count) - noted.goneCount]
            for change in few { change.new?.prefetch() }
            end += few.count
            // An index that another thread is at takes these in with the next few.
            for number in followers.indices {
                followers[number].withLockIfFree { take(noted, upTo: end, in: &$0, number) }
            }
        } while end < noted.count
        for number in followers.indices {
            followers[number].withLock { take(noted, upTo: noted.count, in: &$0, number) }
        }
        changes.withLock { changes in
            changes.goneCount = noted.count
            changes.kept = []
            changes.areTaken = true
        }
    }

    /// An index by its place among the declarations, brought up.
    func index(_ number: Int) -> Index {
        let noted = changes.withLock { $0 }
        return followers[number].withLock { follower in
            take(noted, upTo: noted.count, in: &follower, number)
            return follower.index
        }
    }

    /// The index that one goes on from: the very one where nobody else can ask for it, and else a copy.
    private func indexBefore(_ number: Int) -> Index {
        let (indexes, areOurs) = before.withLock { before in
            if !before.areOurs { before.areOurs = isKnownUniquelyReferenced(&before.indexes) }
            return (before.indexes, before.areOurs)
        }
        guard let indexes else { preconditionFailure("they are held until each index has gone on from them") }
        defer {
            before.withLock { before in
                before.awaitedBy -= 1
                if before.awaitedBy == 0 { before.indexes = nil }
            }
        }
        return areOurs ? indexes.giveUp(number) : indexes.index(number)
    }

    /// Gives an index, brought up, to the only one who can ask for it; what it has taken in stays noted, so that a bring-up
    /// that still goes on adds nothing to what is left.
    private func giveUp(_ number: Int) -> Index {
        let noted = changes.withLock { $0 }
        return followers[number].withLock { follower in
            take(noted, upTo: noted.count, in: &follower, number)
            defer { follower.index = Index() }
            return follower.index
        }
    }

    private func take(_ noted: Changes, upTo end: Int, in follower: inout Follower, _ number: Int) {
        if !follower.hasBegun {
            follower.index = indexBefore(number)
            follower.hasBegun = true
        }
        // One that was asked for has some already.
        guard follower.takenCount < end else { return }
        let declaration = declarations[number]
        let kept = noted.kept.span
        for place in follower.takenCount - noted.goneCount..<end - noted.goneCount {
            // Most changes are new records; borrowed, since one is looked at by each index.
            if kept[place].old == nil, let new = kept[place].new {
                unsafe Unmanaged.passUnretained(new)._withUnsafeGuaranteedRef { follower.index.add($0, declaration) }
            } else {
                follower.index.take(kept[place].old, kept[place].new, declaration)
            }
        }
        follower.takenCount = end
    }

    // MARK: Gathering

    /// What the indexes have of some records: a few at a time, which stay near while one index after the other looks at
    /// them.
    private static func gather(_ indexes: [IndexDeclaration], _ records: ArraySlice<Record>) -> [IndexBuilder] {
        var builders = indexes.map { IndexBuilder(recordCount: records.count, valuesMax: $0.isOfWords ? 12 : 1) }
        for start in stride(from: records.startIndex, to: records.endIndex, by: fewRecords) {
            let few = start..<min(start + fewRecords, records.endIndex)
            for place in few { records[place].prefetch() }
            for (number, index) in indexes.enumerated() {
                for place in few {
                    let record = UInt32(place - records.startIndex)
                    index.forEachKey(records[place]) { builders[number].add($0, of: record) }
                }
            }
        }
        return builders
    }

    private static func concurrently<Result: Sendable>(
        _ count: Int, _ make: @Sendable (Int) -> Result
    ) -> [Result] {
        let results = Locked([Result?](repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: count) { number in
            let result = make(number)
            results.withLock { $0[number] = result }
        }
        return results.withLock { $0.compactMap { $0 } }
    }
}

extension Index {
    /// Has `new` in place of `old`, where `nil` is none.
    fileprivate mutating func take(_ old: Record?, _ new: Record?, _ declaration: IndexDeclaration) {
        if let old {
            if let new, declaration.isUnchanged(old, new) { return }
            declaration.forEachKey(old) { remove($0, old.id) }
        }
        if let new { add(new, declaration) }
    }

    fileprivate mutating func add(_ new: Record, _ declaration: IndexDeclaration) {
        declaration.forEachKey(new) { insert($0, new.id) }
    }
}
