/// The paths of all routes, segment by segment: `/v1/leads/{id}` has three.
///
/// It lies flat in arrays of plain values, so that a path is found without counting a reference.
struct PathTrie: Sendable {
    /// A place where a path may end.
    struct Node: BitwiseCopyable {
        /// The node behind a parameter; -1 is none.
        var parameter: Int32 = -1
        /// The routes that end here by ``Method``; -1 is none.
        var routes = [9 of Int16](repeating: -1)
    }

    /// A literal segment between two nodes.
    private struct Edge: BitwiseCopyable {
        /// The node that it leads away from; -1 where there is no edge.
        var start: Int32 = -1
        var end: Int32 = -1
        /// The first eight bytes of the literal, which tell nearly all of them apart.
        var mark: UInt64 = 0
        var textStart: Int32 = 0
        var textCount: Int32 = 0
    }

    private(set) var nodes = [Node()]
    /// The edges of all nodes, each at the first free spot from where its start and its mark say; a half are free.
    private var edges = [Edge](repeating: Edge(), count: 16)
    private var edgeCount = 0
    private var text: [UInt8] = []

    // MARK: Building

    /// Puts a route where `segments` lead; `nil` in them stands for a parameter.
    mutating func insert(route: Int, method: Method, at segments: [String?]) {
        var node = 0
        for segment in segments { node = segment.map { literal($0, from: node) } ?? parameter(from: node) }
        precondition(nodes[node].routes[Int(method.rawValue)] < 0, "a path is routed twice for one method")
        nodes[node].routes[Int(method.rawValue)] = Int16(route)
    }

    private mutating func literal(_ segment: String, from node: Int) -> Int {
        let wanted = Array(segment.utf8)
        if let end = end(of: wanted.span, 0..<wanted.count, from: node) { return end }
        put(
            Edge(
                start: Int32(node), end: Int32(nodes.count), mark: Self.mark(wanted.span, 0..<wanted.count),
                textStart: Int32(text.count), textCount: Int32(wanted.count)))
        text += wanted
        nodes.append(Node())
        return nodes.count - 1
    }

    private mutating func put(_ edge: Edge) {
        edgeCount += 1
        if edgeCount * 2 > edges.count {
            let all = edges.filter { $0.start >= 0 }
            edges = [Edge](repeating: Edge(), count: edges.count * 2)
            for edge in all { edges[freeSpot(for: edge)] = edge }
        }
        edges[freeSpot(for: edge)] = edge
    }

    private func freeSpot(for edge: Edge) -> Int {
        var spot = firstSpot(from: Int(edge.start), edge.mark)
        while edges[spot].start >= 0 { spot = (spot + 1) & (edges.count - 1) }
        return spot
    }

    private mutating func parameter(from node: Int) -> Int {
        if nodes[node].parameter < 0 {
            nodes[node].parameter = Int32(nodes.count)
            nodes.append(Node())
        }
        return Int(nodes[node].parameter)
    }

    // MARK: Finding

    /// The node of a path, the segments of its parameters put into `places`; a literal wins over a parameter.
    func find(_ bytes: Span<UInt8>, _ path: Range<Int>, _ places: inout RouteMatch.Parameters) -> Int? {
        let start = path.count == 1 ? path.upperBound : path.lowerBound
        return find(bytes, from: start, until: path.upperBound, at: 0, &places, count: 0)
    }

    /// Goes on at `start`, which is a slash or the end.
    private func find(
        _ bytes: Span<UInt8>, from start: Int, until end: Int, at node: Int, _ places: inout RouteMatch.Parameters,
        count: Int
    ) -> Int? {
        if start == end { return hasRoute(node) ? node : nil }
        let segment = start + 1..<(firstPlace(of: UInt8(ascii: "/"), in: bytes, start + 1..<end) ?? end)
        guard !segment.isEmpty else { return nil }
        if let literal = literalEnd(bytes, segment, from: node),
            let found = find(bytes, from: segment.upperBound, until: end, at: literal, &places, count: count)
        {
            return found
        }
        let parameter = Int(nodes[node].parameter)
        guard parameter >= 0 else { return nil }
        places[count] = Place(segment)
        return find(bytes, from: segment.upperBound, until: end, at: parameter, &places, count: count + 1)
    }

    private func hasRoute(_ node: Int) -> Bool {
        for method in 0..<9 where nodes[node].routes[method] >= 0 { return true }
        return false
    }

    /// The node behind the literal that a segment spells once its `%XX` are read, which were checked with the request
    /// line; `nil` where there is none.
    private func literalEnd(_ bytes: Span<UInt8>, _ segment: Range<Int>, from node: Int) -> Int? {
        guard firstPlace(of: UInt8(ascii: "%"), in: bytes, segment) != nil else {
            return self.end(of: bytes, segment, from: node)
        }
        let sent = segment.map { bytes[$0] }
        let decoded = percentDecoded(sent[...], plusIsSpace: false)
        return self.end(of: decoded.span, 0..<decoded.count, from: node)
    }

    /// The node behind a literal.
    private func end(of bytes: Span<UInt8>, _ literal: Range<Int>, from node: Int) -> Int? {
        let mark = Self.mark(bytes, literal)
        var spot = firstSpot(from: node, mark)
        while edges[spot].start >= 0 {
            let edge = edges[spot]
            if edge.start == node, edge.mark == mark, spells(bytes, literal, edge) { return Int(edge.end) }
            spot = (spot + 1) & (edges.count - 1)
        }
        return nil
    }

    @inline(__always)
    private func firstSpot(from node: Int, _ mark: UInt64) -> Int {
        // An odd number whose bits look like chance spreads them over the upper half of the product.
        let spread = (mark ^ UInt64(node) << 56) &* 0x9E37_79B9_7F4A_7C15
        return Int(spread >> 40) & (edges.count - 1)
    }

    /// Whether a literal is that of an edge.
    @inline(__always)
    private func spells(_ bytes: Span<UInt8>, _ literal: Range<Int>, _ edge: Edge) -> Bool {
        guard literal.count == Int(edge.textCount) else { return false }
        // The mark has told of the first eight.
        for place in stride(from: 8, to: literal.count, by: 1)
        where bytes[literal.lowerBound + place] != text[Int(edge.textStart) + place] {
            return false
        }
        return true
    }

    /// The first eight bytes of a literal; fewer where it is shorter.
    @inline(__always)
    private static func mark(_ bytes: Span<UInt8>, _ literal: Range<Int>) -> UInt64 {
        if literal.lowerBound + 8 <= bytes.count, !literal.isEmpty {
            return eightBytes(bytes, at: literal.lowerBound) & (.max >> UInt64(64 - 8 * min(literal.count, 8)))
        }
        var mark: UInt64 = 0
        for (shift, place) in literal.enumerated() { mark |= UInt64(bytes[place]) << UInt64(8 * shift) }
        return mark
    }
}
