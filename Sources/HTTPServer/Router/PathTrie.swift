/// The paths of all routes, segment by segment: `/v1/leads/{id}` has three.
///
/// It lies flat in arrays of plain values, so that a path is found without counting a reference.
struct PathTrie: Sendable {
    /// A place where a path may end.
    struct Node: BitwiseCopyable {
        /// The first of the literals that go on from here; -1 is none.
        var firstEdge: Int32 = -1
        /// The node behind a parameter; -1 is none.
        var parameter: Int32 = -1
        /// The routes that end here by ``Method``; -1 is none.
        var routes = [9 of Int16](repeating: -1)
    }

    /// A literal segment between two nodes.
    private struct Edge: BitwiseCopyable {
        let textStart: Int32
        let textCount: Int32
        let node: Int32
        /// The next edge of the same node.
        var next: Int32
    }

    private(set) var nodes = [Node()]
    private var edges: [Edge] = []
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
        var edge = Int(nodes[node].firstEdge)
        while edge >= 0 {
            if Array(text[Int(edges[edge].textStart)...].prefix(Int(edges[edge].textCount))) == wanted {
                return Int(edges[edge].node)
            }
            edge = Int(edges[edge].next)
        }
        edges.append(
            Edge(
                textStart: Int32(text.count), textCount: Int32(wanted.count), node: Int32(nodes.count),
                next: nodes[node].firstEdge))
        nodes[node].firstEdge = Int32(edges.count - 1)
        text += wanted
        nodes.append(Node())
        return nodes.count - 1
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
        var segmentEnd = start + 1
        while segmentEnd < end, bytes[segmentEnd] != UInt8(ascii: "/") { segmentEnd += 1 }
        let segment = start + 1..<segmentEnd
        guard !segment.isEmpty else { return nil }
        var edge = Int(nodes[node].firstEdge)
        while edge >= 0 {
            if spells(bytes, segment, edges[edge]),
                let found = find(
                    bytes, from: segmentEnd, until: end, at: Int(edges[edge].node), &places, count: count)
            {
                return found
            }
            edge = Int(edges[edge].next)
        }
        let parameter = Int(nodes[node].parameter)
        guard parameter >= 0 else { return nil }
        places[count] = Place(segment)
        return find(bytes, from: segmentEnd, until: end, at: parameter, &places, count: count + 1)
    }

    private func hasRoute(_ node: Int) -> Bool {
        for method in 0..<9 where nodes[node].routes[method] >= 0 { return true }
        return false
    }

    /// Whether a segment is the literal of an edge once its `%XX` are read, which were checked with the request line.
    @inline(__always)
    private func spells(_ bytes: Span<UInt8>, _ segment: Range<Int>, _ edge: Edge) -> Bool {
        guard segment.count >= Int(edge.textCount) else { return false }
        var place = segment.lowerBound
        for index in Int(edge.textStart)..<Int(edge.textStart + edge.textCount) {
            guard place < segment.upperBound else { return false }
            var byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: "%"), let high = hexValue(bytes[place]), let low = hexValue(bytes[place + 1]) {
                byte = high << 4 | low
                place += 2
            }
            guard byte == text[index] else { return false }
        }
        return place == segment.upperBound
    }
}
