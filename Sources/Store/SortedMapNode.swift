internal import CLinux

/// What a node says of itself before its keys.
struct SortedMapNodeHeader {
    let isLeaf: Bool
    /// How many keys it has room for, and how many are there.
    let room: Int
    var count = 0

    init(isLeaf: Bool, room: Int) {
        self.isLeaf = isLeaf
        self.room = room
    }
}

/// What a node's memory is counted in: as much as any key or value needs to be aligned by.
struct SortedMapNodeWord {
    private let halves: (UInt64, UInt64)
}

/// A node of a ``SortedMap``: one piece of memory with its keys and, behind them, its values or its children.
///
/// Invariants: (1) it is changed while one map alone holds it; (2) the first `count` keys, and as many values in a leaf or
/// children in a branch, are initialized, and nothing else is; (3) keys are in order, and the key of a child is not greater
/// than any in it, the first child's apart, whose key counts for nothing.
final class SortedMapNode<Key: Comparable & BitwiseCopyable & Sendable, Value: Sendable>:
    ManagedBuffer<SortedMapNodeHeader, SortedMapNodeWord>
{
    private typealias Node = SortedMapNode

    deinit {
        if isLeaf {
            unsafe Self.fetchCounts(of: values, count: count)
            unsafe values.deinitialize(count: count)
        } else {
            unsafe Self.fetchCounts(of: children, count: count)
            unsafe children.deinitialize(count: count)
        }
    }

    private static func make(isLeaf: Bool, room: Int) -> SortedMapNode {
        let itemStride = isLeaf ? MemoryLayout<Value>.stride : MemoryLayout<Node>.stride
        let bytes = itemsOffset(room) + room * itemStride
        let buffer = create(minimumCapacity: (bytes + 15) / 16) { _ in SortedMapNodeHeader(isLeaf: isLeaf, room: room) }
        return unsafe unsafeDowncast(buffer, to: SortedMapNode.self)
    }

    private static func itemsOffset(_ room: Int) -> Int { (room * MemoryLayout<Key>.stride + 15) & ~15 }

    private var isLeaf: Bool { header.isLeaf }

    private(set) var count: Int {
        get { header.count }
        set { header.count = newValue }
    }

    private var memory: UnsafeMutableRawPointer {
        unsafe withUnsafeMutablePointerToElements { UnsafeMutableRawPointer($0) }
    }

    private var keys: UnsafeMutablePointer<Key> { unsafe memory.assumingMemoryBound(to: Key.self) }

    private var values: UnsafeMutablePointer<Value> {
        unsafe (memory + Self.itemsOffset(header.room)).assumingMemoryBound(to: Value.self)
    }

    private var children: UnsafeMutablePointer<Node> {
        unsafe (memory + Self.itemsOffset(header.room)).assumingMemoryBound(to: Node.self)
    }

    // MARK: Making

    /// An empty leaf.
    static func leaf(room: Int) -> SortedMapNode { make(isLeaf: true, room: room) }

    /// A leaf of keys in order.
    static func leaf(_ keys: ArraySlice<Key>, _ values: ArraySlice<Value>) -> SortedMapNode {
        let node = make(isLeaf: true, room: keys.count)
        for (key, value) in zip(keys, values) {
            unsafe (node.keys + node.count).initialize(to: key)
            unsafe (node.values + node.count).initialize(to: value)
            node.count += 1
        }
        return node
    }

    /// A branch of children in order, each with the least key in it.
    static func branch(_ keys: [Key], _ children: [SortedMapNode]) -> SortedMapNode {
        let node = make(isLeaf: false, room: roomFor(keys.count))
        for (key, child) in zip(keys, children) {
            unsafe (node.keys + node.count).initialize(to: key)
            unsafe (node.children + node.count).initialize(to: child)
            node.count += 1
        }
        return node
    }

    /// Room for one more, and for few more where there are few: most keys of a small node are all that there will be.
    private static func roomFor(_ count: Int) -> Int { count < 8 ? count + 4 : nodeKeysMax + 1 }

    /// What stands from `start` to `end`, as a node of its own that has room for more.
    private func copy(from start: Int, to end: Int) -> SortedMapNode {
        let node = Self.make(isLeaf: isLeaf, room: Self.roomFor(end - start))
        node.count = end - start
        unsafe node.keys.initialize(from: keys + start, count: node.count)
        if isLeaf {
            unsafe Self.copy(values + start, to: node.values, count: node.count)
        } else {
            unsafe Self.copy(children + start, to: node.children, count: node.count)
        }
        return node
    }

    /// One by one, since `initialize(from:count:)` has the runtime ask the type of each how it is copied.
    private static func copy<Item>(
        _ items: UnsafeMutablePointer<Item>, to copies: UnsafeMutablePointer<Item>, count: Int
    ) {
        unsafe fetchCounts(of: items, count: count)
        for place in 0..<count { unsafe (copies + place).initialize(to: items[place]) }
    }

    /// Has the processor fetch the counts of what items hold, which are about to be counted: they lie far apart, and one
    /// after the other each would be waited for.
    private static func fetchCounts<Item>(of items: UnsafeMutablePointer<Item>, count: Int) {
        guard !_isPOD(Item.self), MemoryLayout<Item>.size >= MemoryLayout<UInt>.size else { return }
        for place in 0..<count {
            // What is held comes first in all that is kept here; where an item holds nothing, fetching does no harm.
            let held = unsafe UnsafeRawPointer(items + place).loadUnaligned(as: UInt.self)
            unsafe tandem_prefetch(UnsafeRawPointer(bitPattern: held), 1)
        }
    }

    /// Has `node` be held by its map alone, with room for one more where it will grow.
    private static func makeOwn(_ node: inout SortedMapNode, growing: Bool) {
        if isKnownUniquelyReferenced(&node), !growing || node.count < node.header.room { return }
        node = node.copy(from: 0, to: node.count)
    }

    // MARK: Finding

    /// How many keys from `start` on are less than `key`, or with `orSame` not greater, `start` included.
    private func keysBefore(_ key: Key, from start: Int, orSame: Bool) -> Int {
        // Keys mostly come in order, and then behind the last.
        if count > start, unsafe keys[count - 1] < key { return count }
        var low = start
        var left = count - start
        // Added and not branched on: which half a key is in is no pattern that a processor foresees.
        while left > 0 {
            let half = (left + 1) / 2
            let middle = low + half - 1
            let isBefore = unsafe orSame ? !(key < keys[middle]) : keys[middle] < key
            low += isBefore ? half : 0
            left = isBefore ? left - half : half - 1
        }
        return low
    }

    private func lowerBound(_ key: Key) -> Int { keysBefore(key, from: 0, orSame: false) }

    /// The place of the child that `key` is in.
    private func childIndex(_ key: Key) -> Int { keysBefore(key, from: 1, orSame: true) - 1 }

    /// The place of a key in a leaf, or `nil`.
    private func index(of key: Key) -> Int? {
        let index = lowerBound(key)
        return unsafe index < count && keys[index] == key ? index : nil
    }

    /// The child that `key` is in; `nil` in a leaf.
    func child(of key: Key) -> Unmanaged<SortedMapNode>? {
        if isLeaf { return nil }
        let child = unsafe Unmanaged.passUnretained(children[childIndex(key)])
        unsafe Self.fetch(child)
        return unsafe child
    }

    /// Searched line by line, a node that is not near makes the processor wait once a line.
    private static func fetch(_ node: Unmanaged<SortedMapNode>) {
        unsafe tandem_prefetch(node.toOpaque(), Int64(min(1024, nodeKeysMax * (MemoryLayout<Key>.stride + 8) + 64)))
    }

    /// The value of a key in a leaf.
    func value(of key: Key) -> Value? { index(of: key).map { unsafe values[$0] } }

    /// The value of a key in a leaf, which the processor is told to fetch: counting it would wait for it.
    func fetching(_ key: Key) -> Unmanaged<Value>? where Value: AnyObject {
        guard let index = index(of: key) else { return nil }
        let value = unsafe Unmanaged.passUnretained(values[index])
        unsafe tandem_prefetch(value.toOpaque(), 64)
        return unsafe value
    }

    /// Whether a key is in a leaf.
    func has(_ key: Key) -> Bool { index(of: key) != nil }

    /// The only child of a branch that has one alone.
    var onlyChild: SortedMapNode? { unsafe !isLeaf && count == 1 ? children[0] : nil }

    /// The part of the keys below that is less than `key`, from 0 to 1.
    func place(of key: Key) -> Double {
        if isLeaf { return Double(lowerBound(key)) / Double(max(1, count)) }
        let index = childIndex(key)
        return unsafe (Double(index) + children[index].place(of: key)) / Double(count)
    }

    // MARK: Changing

    /// The right half of a node that was full, and the least key in it.
    typealias Split = (key: Key, node: SortedMapNode)

    static func insert(
        into node: inout SortedMapNode, _ key: Key, _ value: Value, _ isNew: inout Bool, _ change: (inout Value) -> Void
    ) -> Split? {
        if !node.isLeaf {
            let index = node.childIndex(key)
            unsafe fetch(Unmanaged.passUnretained(node.children[index]))
            makeOwn(&node, growing: true)
            guard let split = unsafe insert(into: &node.children[index], key, value, &isNew, change) else { return nil }
            unsafe open(node.children, at: index + 1, of: node.count, split.node)
            return node.finishInsert(split.key, at: index + 1)
        }
        let index = node.lowerBound(key)
        if unsafe index < node.count && node.keys[index] == key {
            makeOwn(&node, growing: false)
            unsafe change(&node.values[index])
            return nil
        }
        isNew = true
        makeOwn(&node, growing: true)
        unsafe open(node.values, at: index, of: node.count, value)
        return node.finishInsert(key, at: index)
    }

    /// Puts an item among those of a node that has room.
    private static func open<Item>(
        _ items: UnsafeMutablePointer<Item>, at index: Int, of count: Int, _ item: Item
    ) {
        unsafe (items + index + 1).moveInitialize(from: items + index, count: count - index)
        unsafe (items + index).initialize(to: item)
    }

    /// Puts the key of an item that is in, and parts the node where it has too many; keys that come in order leave full
    /// nodes behind them.
    private func finishInsert(_ key: Key, at index: Int) -> Split? {
        unsafe Self.open(keys, at: index, of: count, key)
        count += 1
        guard count > nodeKeysMax else { return nil }
        let middle = index == count - 1 ? count - 1 : count / 2
        let right = copy(from: middle, to: count)
        drop(from: middle)
        return unsafe (right.keys[0], right)
    }

    private func drop(from start: Int) {
        if isLeaf {
            unsafe (values + start).deinitialize(count: count - start)
        } else {
            unsafe (children + start).deinitialize(count: count - start)
        }
        count = start
    }

    static func modify(_ node: inout SortedMapNode, _ key: Key, _ body: (inout Value) -> Void) {
        makeOwn(&node, growing: false)
        if node.isLeaf {
            unsafe body(&node.values[node.lowerBound(key)])
        } else {
            unsafe modify(&node.children[node.childIndex(key)], key, body)
        }
    }

    /// Takes away a key that is there.
    static func remove(from node: inout SortedMapNode, _ key: Key) -> Value? {
        makeOwn(&node, growing: false)
        if node.isLeaf {
            guard let index = node.index(of: key) else { return nil }
            let old = unsafe (node.values + index).move()
            unsafe node.close(node.values, at: index)
            return old
        }
        let index = node.childIndex(key)
        let old = unsafe remove(from: &node.children[index], key)
        // Only an empty child goes: nodes that are merely thin fill up again, and merging costs more than it saves.
        if unsafe node.children[index].count == 0 {
            unsafe (node.children + index).deinitialize(count: 1)
            unsafe node.close(node.children, at: index)
        }
        return old
    }

    /// Closes up over an item that was taken out, and takes its key away.
    private func close<Item>(_ items: UnsafeMutablePointer<Item>, at index: Int) {
        unsafe (items + index).moveInitialize(from: items + index + 1, count: count - index - 1)
        unsafe (keys + index).moveInitialize(from: keys + index + 1, count: count - index - 1)
        count -= 1
    }

    // MARK: In order

    func ascend(from lower: Key?, _ body: (Key, Value) -> Bool) -> Bool {
        if isLeaf {
            let start = lower.map { lowerBound($0) } ?? 0
            for index in start..<count {
                guard unsafe body(keys[index], values[index]) else { return false }
            }
            return true
        }
        let start = lower.map { childIndex($0) } ?? 0
        for index in start..<count {
            guard unsafe children[index].ascend(from: index == start ? lower : nil, body) else { return false }
        }
        return true
    }

    func descend(below upper: Key?, _ body: (Key, Value) -> Bool) -> Bool {
        if isLeaf {
            for index in stride(from: (upper.map { lowerBound($0) } ?? count) - 1, through: 0, by: -1) {
                guard unsafe body(keys[index], values[index]) else { return false }
            }
            return true
        }
        let last = upper.map { childIndex($0) } ?? count - 1
        for index in stride(from: last, through: 0, by: -1) {
            guard unsafe children[index].descend(below: index == last ? upper : nil, body) else { return false }
        }
        return true
    }
}
