internal import CLinux
internal import Store

/// The rows of one table: each record has one, in the order of their ids, which is that in which they came.
struct RowIDs: Sendable {
    /// The row of nothing.
    static let none: Int32 = -1

    private(set) var ids: [Identifier] = []
    private(set) var isThere: [Bool] = []
    /// How many rows are of records that are gone.
    private(set) var goneCount = 0

    var count: Int { ids.count }
    var indices: Range<Int> { 0..<ids.count }

    /// The row of a record, there or gone; ``none`` where it never had one.
    func row(of id: Identifier?) -> Int32 {
        guard let id else { return Self.none }
        var (low, high) = (0, ids.count)
        while low < high {
            let middle = (low + high) / 2
            if ids[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low < ids.count && ids[low] == id ? Int32(truncatingIfNeeded: low) : Self.none
    }

    /// The row of a record that is there from now on, and whether it is a new one; `nil` where its id is out of order.
    mutating func enter(_ id: Identifier) -> (row: Int, isNew: Bool)? {
        if let last = ids.last, id <= last {
            let row = Int(row(of: id))
            guard row >= 0 else { return nil }
            if !isThere[row] { goneCount -= 1 }
            isThere[row] = true
            return (row, false)
        }
        ids.append(id)
        isThere.append(true)
        return (ids.count - 1, true)
    }

    /// Has a record be gone; its row stays.
    mutating func leave(_ row: Int) {
        if isThere[row] { goneCount += 1 }
        isThere[row] = false
    }

    /// Whether so many rows are of what is gone that all are better made anew.
    var isMostlyGone: Bool { goneCount > 10_000 && goneCount * 2 > ids.count }

    mutating func reserve(_ count: Int) {
        ids.reserveCapacity(count)
        isThere.reserveCapacity(count)
    }
}

/// Texts by number, so that columns hold numbers.
struct WordList: Sendable {
    private var numbers: [String: Int32] = [:]
    private var words: [String] = []
    /// By what their bytes come to, the words that were read last from records: most columns have a few words.
    private var recent = [Int32](repeating: none, count: 256)

    private struct RecentWord {
        let spot: Int
        let number: Int32?
    }

    /// The number of no word.
    static let none: Int32 = -1

    var count: Int { words.count }

    /// The number of a word, a new one where it has none.
    mutating func number(of word: String?) -> Int32 {
        guard let word else { return Self.none }
        if let number = numbers[word] { return number }
        let number = Int32(words.count)
        numbers[word] = number
        words.append(word)
        return number
    }

    /// The number of the text in a slot of a record, read where it stands where it was read before.
    mutating func number(of record: Record, at slot: Int) -> Int32 {
        let read: RecentWord? = record.withText(at: slot) { recentWord($0) } ?? nil
        if let number = read?.number { return number }
        let number = number(of: record.value(at: slot).text)
        if let read { recent[read.spot] = number }
        return number
    }

    /// Where a text would be among those read last, and its number where it is; `nil` of one with escapes, whose bytes may be
    /// another's text.
    private func recentWord(_ bytes: ArraySlice<UInt8>) -> RecentWord? {
        // FNV-1a, folded into a byte.
        var hash: UInt32 = 0x811C_9DC5
        for byte in bytes {
            if byte == UInt8(ascii: "\\") { return nil }
            hash = (hash ^ UInt32(byte)) &* 0x0100_0193
        }
        let spot = Int((hash ^ hash >> 16 ^ hash >> 8) & 0xFF)
        let number = recent[spot]
        return RecentWord(
            spot: spot, number: number >= 0 && words[Int(number)].utf8.elementsEqual(bytes) ? number : nil)
    }

    /// The number of a word that may never have come.
    func known(_ word: String) -> Int32? { numbers[word] }

    subscript(_ number: Int32) -> String? { number < 0 ? nil : words[Int(number)] }
}

/// For each row of one table some rows of another: the touches of a lead, the deals of a lead.
struct RowLists: Sendable {
    private var heads: [Int32] = []
    private var items: [Int32] = []
    private var nexts: [Int32] = []
    private var free: Int32 = RowIDs.none

    /// Visits the items of a row, the one that came last first.
    @inline(__always)
    func forEach(of row: Int32, _ body: (Int32) -> Void) {
        guard row >= 0, row < heads.count else { return }
        var node = heads[Int(row)]
        while node >= 0 {
            body(items[Int(node)])
            node = nexts[Int(node)]
        }
    }

    /// Has the processor fetch where a row's items begin: for who goes from row to row without order.
    func prefetch(_ row: Int32) {
        guard row >= 0, row < heads.count else { return }
        unsafe heads.withUnsafeBufferPointer { buffer in
            if let start = buffer.baseAddress { unsafe tandem_prefetch(start + Int(row), 1) }
        }
    }

    /// The items of a row.
    func all(of row: Int32) -> [Int32] {
        var all: [Int32] = []
        forEach(of: row) { all.append($0) }
        return all
    }

    mutating func add(_ item: Int32, to row: Int32) {
        guard row >= 0 else { return }
        while heads.count <= row { heads.append(RowIDs.none) }
        let node: Int32
        if free >= 0 {
            node = free
            free = nexts[Int(node)]
            items[Int(node)] = item
        } else {
            node = Int32(items.count)
            items.append(item)
            nexts.append(RowIDs.none)
        }
        nexts[Int(node)] = heads[Int(row)]
        heads[Int(row)] = node
    }

    mutating func remove(_ item: Int32, from row: Int32) {
        guard row >= 0, row < heads.count else { return }
        var before = RowIDs.none
        var node = heads[Int(row)]
        while node >= 0, items[Int(node)] != item { (before, node) = (node, nexts[Int(node)]) }
        guard node >= 0 else { return }
        if before >= 0 { nexts[Int(before)] = nexts[Int(node)] } else { heads[Int(row)] = nexts[Int(node)] }
        nexts[Int(node)] = free
        free = node
    }
}

/// For each row a run of elements in one array; what moved leaves a hole, until holes are half of it.
struct Runs<Element: Sendable>: Sendable {
    private struct Run: Sendable {
        var start: Int32 = 0
        var count: Int32 = 0
        /// How many elements it has room for where it is.
        var room: Int32 = 0
    }

    private var runs: [Run] = []
    /// Those of all rows, each row's where ``places(_:)`` says.
    private(set) var elements: [Element] = []
    private var holeCount = 0

    /// The places of a row's elements.
    @inline(__always)
    func places(_ row: Int) -> Range<Int> {
        let run = runs[row]
        return Int(run.start)..<Int(run.start &+ run.count)
    }

    @inline(__always)
    subscript(place place: Int) -> Element { elements[place] }

    /// A row's elements.
    subscript(row: Int) -> ArraySlice<Element> { elements[places(row)] }

    /// Has the processor fetch where a row's run is told: for who goes from row to row without order.
    func prefetchPlaces(_ row: Int32) {
        guard row >= 0, row < runs.count else { return }
        unsafe runs.withUnsafeBufferPointer { buffer in
            if let start = buffer.baseAddress { unsafe tandem_prefetch(start + Int(row), 1) }
        }
    }

    /// Has the processor fetch the first `bytes` of a row's run.
    func prefetch(_ row: Int32, bytes: Int64) {
        let places = placesIfAny(row)
        guard !places.isEmpty else { return }
        unsafe elements.withUnsafeBufferPointer { buffer in
            if let start = buffer.baseAddress { unsafe tandem_prefetch(start + places.lowerBound, bytes) }
        }
    }

    /// The places of a row's elements; none of a row that never had any.
    @inline(__always)
    func placesIfAny(_ row: Int32) -> Range<Int> { row >= 0 && row < runs.count ? places(Int(row)) : 0..<0 }

    mutating func set(_ row: Int, _ new: some Collection<Element>) {
        while runs.count <= row { runs.append(Run()) }
        holeCount += Int(runs[row].room)
        let count = Int32(new.count)
        runs[row] = Run(start: Int32(elements.count), count: count, room: count)
        elements += new
        closeHolesIfMany()
    }

    /// Puts an element into a row's run, before the first that `isAfter` it.
    mutating func insert(_ element: Element, into row: Int, isAfter: (Element) -> Bool) {
        while runs.count <= row { runs.append(Run()) }
        if runs[row].count == runs[row].room { makeRoom(in: row, filledWith: element) }
        let places = places(row)
        runs[row].count += 1
        var place = places.upperBound
        while place > places.lowerBound, isAfter(elements[place - 1]) {
            elements[place] = elements[place - 1]
            place -= 1
        }
        elements[place] = element
        closeHolesIfMany()
    }

    /// Takes the first element that is wanted out of a row's run.
    mutating func remove(from row: Int, where isWanted: (Element) -> Bool) {
        guard row < runs.count, let place = places(row).first(where: { isWanted(elements[$0]) }) else { return }
        for next in place..<places(row).upperBound - 1 { elements[next] = elements[next + 1] }
        runs[row].count -= 1
    }

    /// Gives a full run room for half as many more: else each that comes would move all that are there.
    private mutating func makeRoom(in row: Int, filledWith filler: Element) {
        let places = places(row)
        // A run at the end grows where it is; another moves there.
        if places.upperBound != elements.count {
            runs[row].start = Int32(elements.count)
            for place in places { elements.append(elements[place]) }
            holeCount += places.count
        }
        let added = places.count / 2 + 1
        for _ in 0..<added { elements.append(filler) }
        runs[row].room = Int32(places.count + added)
    }

    private mutating func closeHolesIfMany() {
        guard holeCount > 1024, holeCount * 2 > elements.count else { return }
        var whole: [Element] = []
        whole.reserveCapacity((elements.count - holeCount) / 4 * 5)
        for row in runs.indices {
            let places = places(row)
            runs[row].start = Int32(whole.count)
            runs[row].room = runs[row].count
            whole += elements[places]
        }
        elements = whole
        holeCount = 0
    }
}
