/// Keys in order, each with a value: a B+ tree whose copies share what they have in common.
///
/// A copy costs a reference; after it, a change copies one node a level. So a view of the whole store is taken for
/// nothing, beside live traffic. swift-collections' `TreeDictionary` shares likewise, and has no order.
///
/// Keys are plain bits, so that a node is copied and searched without counting references.
struct SortedMap<Key: Comparable & BitwiseCopyable & Sendable, Value: Sendable>: @unchecked Sendable {  // Safe: below.
    // A node is changed while one map alone holds it, and what several hold is not changed.
    typealias Node = SortedMapNode<Key, Value>

    private var root = Node.leaf(room: 0)
    /// How many keys there are.
    private(set) var count = 0

    /// No keys.
    init() {}

    /// Keys that are in order, no two alike, with their values.
    ///
    /// Full nodes from the leaves up: for a million keys a tenth of the time that inserting them takes.
    init(ascending keys: [Key], _ values: [Value]) {
        count = keys.count
        guard count > 0 else { return }
        var level: [(least: Key, node: Node)] = stride(from: 0, to: keys.count, by: nodeKeysMax).map { start in
            let range = start..<min(start + nodeKeysMax, keys.count)
            return (keys[start], Node.leaf(keys[range], values[range]))
        }
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: nodeKeysMax).map { start in
                let part = level[start..<min(start + nodeKeysMax, level.count)]
                return (level[start].least, Node.branch(part.map(\.least), part.map(\.node)))
            }
        }
        root = level[0].node
    }

    // MARK: One key

    /// The value of a key.
    subscript(_ key: Key) -> Value? { withLeaf(of: key) { $0.value(of: key) } }

    /// Whether a key is there; its value is not touched.
    func has(_ key: Key) -> Bool { withLeaf(of: key) { $0.has(key) } }

    /// The value of a key, which the map holds, on its way into the processor's cache.
    func fetching(_ key: Key) -> Unmanaged<Value>? where Value: AnyObject {
        unsafe withLeaf(of: key) { unsafe $0.fetching(key) }
    }

    @inline(__always)
    private func withLeaf<Result>(of key: Key, _ body: (Node) -> Result) -> Result {
        // The map holds every node on the way, so none is counted: two loops that count the root wait for each other.
        withExtendedLifetime(root) {
            var node = unsafe Unmanaged.passUnretained(root)
            while let child = unsafe node._withUnsafeGuaranteedRef({ unsafe $0.child(of: key) }) { unsafe node = child }
            return unsafe node._withUnsafeGuaranteedRef { body($0) }
        }
    }

    /// The first key with its value.
    var first: (key: Key, value: Value)? {
        var found: (Key, Value)?
        ascend { key, value in
            found = (key, value)
            return false
        }
        return found
    }

    /// About how many keys lie between two, by their places in the nodes on the way down.
    func estimate(from lower: Key, to upper: Key) -> Double {
        max(0, root.place(of: upper) - root.place(of: lower)) * Double(count)
    }

    /// Sets the value of a key and gives back the one before.
    @discardableResult
    mutating func insert(_ key: Key, _ value: Value) -> Value? {
        var old: Value?
        insert(key, value) { present in
            old = present
            present = value
        }
        return old
    }

    /// Sets the value of a key that is new, and changes in place the value of one that is there.
    mutating func insert(_ key: Key, _ value: Value, change: (inout Value) -> Void) {
        var isNew = false
        let split = Node.insert(into: &root, key, value, &isNew, change)
        if isNew { count += 1 }
        if let split { root = Node.branch([key, split.key], [root, split.node]) }
    }

    /// Changes the value of a key in place; `false` where there is none.
    @discardableResult
    mutating func modify(_ key: Key, _ body: (inout Value) -> Void) -> Bool {
        guard self[key] != nil else { return false }
        Node.modify(&root, key, body)
        return true
    }

    /// Takes a key away and gives back its value.
    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        // Without looking first, the way to a key that is not there would be copied.
        guard self[key] != nil else { return nil }
        let old = Node.remove(from: &root, key)
        count -= 1
        while let only = root.onlyChild { root = only }
        if count == 0 { root = Node.leaf(room: 0) }
        return old
    }

    // MARK: In order

    /// Visits keys upwards from the first that is not less than `lower`, while `body` says to go on.
    func ascend(from lower: Key? = nil, _ body: (Key, Value) -> Bool) {
        _ = root.ascend(from: lower, body)
    }

    /// Visits keys downwards from the last that is less than `upper`, while `body` says to go on.
    func descend(below upper: Key? = nil, _ body: (Key, Value) -> Bool) {
        _ = root.descend(below: upper, body)
    }
}

/// How many keys a node may have: few, since a change copies them, and enough for the tree to be low.
let nodeKeysMax = 32
