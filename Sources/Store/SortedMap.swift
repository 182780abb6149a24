/// Keys in order, each with a value: a B+ tree whose copies share what they have in common.
///
/// A copy costs a reference; after it, a change copies one node a level. So a view of the whole store is taken for
/// nothing, beside live traffic. swift-collections' `TreeDictionary` shares likewise, and has no order.
struct SortedMap<Key: Comparable & Sendable, Value: Sendable>: Sendable {
    private var root = Node()
    /// How many keys there are.
    private(set) var count = 0

    private final class Node: @unchecked Sendable {  // Safe: changed while one map alone holds it.
        /// In a leaf the keys; above, the least key of each child but the first.
        var keys: [Key]
        var values: [Value]
        var children: [Node]

        init(keys: [Key] = [], values: [Value] = [], children: [Node] = []) {
            self.keys = keys
            self.values = values
            self.children = children
        }

        var isLeaf: Bool { children.isEmpty }

        /// A copy to be changed, which has room for one key more than a node may have, and for no more.
        func copy() -> Node {
            Node(keys: roomy(keys[...]), values: roomy(values[...]), children: roomy(children[...]))
        }

        /// How many keys are less than `key`.
        func lowerBound(_ key: Key) -> Int {
            unsafe keys.withUnsafeBufferPointer { keys in
                var low = 0
                var high = keys.count
                while low < high {
                    let middle = (low + high) / 2
                    if unsafe keys[middle] < key { low = middle + 1 } else { high = middle }
                }
                return low
            }
        }

        /// The child that `key` is in; `nil` in a leaf.
        func child(of key: Key) -> Unmanaged<Node>? {
            guard !children.isEmpty else { return nil }
            return unsafe Unmanaged.passUnretained(children[childIndex(key)])
        }

        /// The value of a key in a leaf.
        func value(of key: Key) -> Value? {
            let index = lowerBound(key)
            return index < keys.count && keys[index] == key ? values[index] : nil
        }

        /// The child that `key` is in: the number of keys not greater.
        func childIndex(_ key: Key) -> Int {
            let index = lowerBound(key)
            return index < keys.count && keys[index] == key ? index + 1 : index
        }
    }

    private static var keysMax: Int { nodeKeysMax }

    /// No keys.
    init() {}

    /// Keys that are in order, no two alike, with their values.
    ///
    /// Full nodes from the leaves up: for a million keys a tenth of the time that inserting them takes.
    init(ascending keys: [Key], _ values: [Value]) {
        count = keys.count
        guard count > 0 else { return }
        var level: [(least: Key, node: Node)] = stride(from: 0, to: keys.count, by: Self.keysMax).map { start in
            let range = start..<min(start + Self.keysMax, keys.count)
            return (keys[start], Node(keys: Array(keys[range]), values: Array(values[range])))
        }
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: Self.keysMax).map { start in
                let part = level[start..<min(start + Self.keysMax, level.count)]
                return (level[start].least, Node(keys: part.dropFirst().map(\.least), children: part.map(\.node)))
            }
        }
        root = level[0].node
    }

    // MARK: One key

    /// The value of a key.
    subscript(_ key: Key) -> Value? {
        // The map holds every node on the way, so none is counted: two loops that count the root wait for each other.
        withExtendedLifetime(root) {
            var node = unsafe Unmanaged.passUnretained(root)
            while let child = unsafe node._withUnsafeGuaranteedRef({ unsafe $0.child(of: key) }) { unsafe node = child }
            return unsafe node._withUnsafeGuaranteedRef { $0.value(of: key) }
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
        max(0, Self.place(of: upper, in: root) - Self.place(of: lower, in: root)) * Double(count)
    }

    /// The part of the keys below a node that is less than `key`, from 0 to 1.
    private static func place(of key: Key, in node: Node) -> Double {
        guard !node.isLeaf else { return Double(node.lowerBound(key)) / Double(max(1, node.keys.count)) }
        let index = node.childIndex(key)
        return (Double(index) + place(of: key, in: node.children[index])) / Double(node.children.count)
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
        let (isNew, split) = Self.insert(&root, key, value, change)
        if isNew { count += 1 }
        if let split { root = Node(keys: [split.key], children: [root, split.node]) }
    }

    /// Changes the value of a key in place; `false` where there is none.
    @discardableResult
    mutating func modify(_ key: Key, _ body: (inout Value) -> Void) -> Bool {
        guard self[key] != nil else { return false }
        Self.modify(&root, key, body)
        return true
    }

    private static func modify(_ node: inout Node, _ key: Key, _ body: (inout Value) -> Void) {
        if !isKnownUniquelyReferenced(&node) { node = node.copy() }
        if node.isLeaf {
            body(&node.values[node.lowerBound(key)])
        } else {
            modify(&node.children[node.childIndex(key)], key, body)
        }
    }

    /// Takes a key away and gives back its value.
    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        let old = Self.remove(&root, key)
        if old != nil { count -= 1 }
        while root.children.count == 1 { root = root.children[0] }
        return old
    }

    private typealias Split = (key: Key, node: Node)

    private static func insert(
        _ node: inout Node, _ key: Key, _ value: Value, _ change: (inout Value) -> Void
    ) -> (isNew: Bool, split: Split?) {
        if !isKnownUniquelyReferenced(&node) { node = node.copy() }
        guard node.isLeaf else {
            let index = node.childIndex(key)
            let (isNew, split) = insert(&node.children[index], key, value, change)
            guard let split else { return (isNew, nil) }
            node.keys.insert(split.key, at: index)
            node.children.insert(split.node, at: index + 1)
            return (
                isNew, node.keys.count > keysMax ? self.split(node, isAtEnd: index == node.children.count - 2) : nil
            )
        }
        let index = node.lowerBound(key)
        if index < node.keys.count, node.keys[index] == key {
            change(&node.values[index])
            return (false, nil)
        }
        node.keys.insert(key, at: index)
        node.values.insert(value, at: index)
        return (true, node.keys.count > keysMax ? split(node, isAtEnd: index == node.keys.count - 1) : nil)
    }

    /// Parts a full node; keys that come in order leave full nodes behind them.
    private static func split(_ node: Node, isAtEnd: Bool) -> Split {
        let middle = isAtEnd ? node.keys.count - 2 : node.keys.count / 2
        if node.isLeaf {
            let right = Node(keys: roomy(node.keys[middle...]), values: roomy(node.values[middle...]))
            node.keys.removeSubrange(middle...)
            node.values.removeSubrange(middle...)
            return (right.keys[0], right)
        }
        let key = node.keys[middle]
        let right = Node(
            keys: roomy(node.keys[(middle + 1)...]), children: roomy(node.children[(middle + 1)...]))
        node.keys.removeSubrange(middle...)
        node.children.removeSubrange((middle + 1)...)
        return (key, right)
    }

    private static func remove(_ node: inout Node, _ key: Key) -> Value? {
        if !isKnownUniquelyReferenced(&node) { node = node.copy() }
        guard node.isLeaf else {
            let index = node.childIndex(key)
            let old = remove(&node.children[index], key)
            // Only an empty child goes: nodes that are merely thin fill up again, and merging costs more than it saves.
            // Its last child gone, a node is an empty leaf, and goes in its turn.
            if node.children[index].isLeaf, node.children[index].keys.isEmpty {
                node.children.remove(at: index)
                if !node.keys.isEmpty { node.keys.remove(at: max(0, index - 1)) }
            }
            return old
        }
        let index = node.lowerBound(key)
        guard index < node.keys.count, node.keys[index] == key else { return nil }
        node.keys.remove(at: index)
        return node.values.remove(at: index)
    }

    // MARK: In order

    /// Visits keys upwards from the first that is not less than `lower`, while `body` says to go on.
    func ascend(from lower: Key? = nil, _ body: (Key, Value) -> Bool) {
        _ = Self.ascend(root, lower, body)
    }

    /// Visits keys downwards from the last that is less than `upper`, while `body` says to go on.
    func descend(below upper: Key? = nil, _ body: (Key, Value) -> Bool) {
        _ = Self.descend(root, upper, body)
    }

    private static func ascend(_ node: Node, _ lower: Key?, _ body: (Key, Value) -> Bool) -> Bool {
        if node.isLeaf {
            let start = lower.map { node.lowerBound($0) } ?? 0
            let (keys, values) = (node.keys, node.values)
            for index in start..<keys.count where !body(keys[index], values[index]) { return false }
            return true
        }
        let start = lower.map { node.childIndex($0) } ?? 0
        for index in start..<node.children.count {
            if !ascend(node.children[index], index == start ? lower : nil, body) { return false }
        }
        return true
    }

    private static func descend(_ node: Node, _ upper: Key?, _ body: (Key, Value) -> Bool) -> Bool {
        if node.isLeaf {
            let end = upper.map { node.lowerBound($0) } ?? node.keys.count
            let (keys, values) = (node.keys, node.values)
            for index in stride(from: end - 1, through: 0, by: -1) where !body(keys[index], values[index]) {
                return false
            }
            return true
        }
        let last = upper.map { node.childIndex($0) } ?? node.children.count - 1
        for index in stride(from: last, through: 0, by: -1) {
            if !descend(node.children[index], index == last ? upper : nil, body) { return false }
        }
        return true
    }
}

/// How many keys a node may have: few, since a change copies them, and enough for the tree to be low.
private let nodeKeysMax = 32

/// An array that a node may fill and not outgrow: left to itself it would double, and stay half empty.
private func roomy<Element>(_ elements: ArraySlice<Element>) -> [Element] {
    guard !elements.isEmpty else { return [] }
    var array: [Element] = []
    // Few keys are mostly all that there will be: the ids of a value that few records have.
    array.reserveCapacity(elements.count < 8 ? elements.count + 4 : nodeKeysMax + 2)
    array.append(contentsOf: elements)
    return array
}
