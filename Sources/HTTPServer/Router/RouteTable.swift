internal import HTTPTypes

/// Finds the route of a request; shared by all loops.
final class RouteTable: Sendable {
    private let trie: PathTrie
    private let routes: [Route]

    init(_ trie: PathTrie, _ routes: [Route]) {
        self.trie = trie
        self.routes = routes
    }

    enum Outcome {
        case found(RouteMatch)
        case wrongMethod(allowed: String)
        case missing

        /// The number of the route; 0 is none.
        var routeNumber: Int {
            if case .found(let match) = self { return match.route.number }
            return 0
        }

        /// The longest body, in bytes, where the route has one of its own.
        var bodyBytesMax: Int? {
            if case .found(let match) = self { return match.route.bodyBytesMax }
            return nil
        }

        /// How the body is taken as it arrives, where the route does that with bodies of its type.
        func streamed(_ head: borrowing Head, in bytes: [UInt8]) -> StreamedBody? {
            guard case .found(let match) = self, let streamed = match.route.streamed else { return nil }
            guard let wanted = streamed.mediaType else { return streamed }
            guard let place = head.fields.place(of: .contentType, in: bytes.span) else { return nil }
            let type = bytes[place.range].prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
            return String(decoding: type, as: UTF8.self).lowercased() == wanted ? streamed : nil
        }
    }

    /// The route of a head that was read from `bytes`.
    func match(_ head: borrowing Head, in bytes: [UInt8]) -> Outcome {
        var places = RouteMatch.Parameters(repeating: Place(0..<0))
        guard let node = trie.find(bytes.span, head.path, &places) else { return .missing }
        let wanted = head.method == .head ? Method.get : head.method
        let route = trie.nodes[node].routes[Int(wanted.rawValue)]
        guard route >= 0 else { return .wrongMethod(allowed: allowedMethods(at: node)) }
        return .found(RouteMatch(route: routes[Int(route)], parameters: places))
    }

    /// The methods that a path takes; `nil` where there is nothing.
    func methods(of head: borrowing Head, in bytes: [UInt8]) -> String? {
        var places = RouteMatch.Parameters(repeating: Place(0..<0))
        return trie.find(bytes.span, head.path, &places).map { allowedMethods(at: $0) }
    }

    private func allowedMethods(at node: Int) -> String {
        let routes = trie.nodes[node].routes
        var names = Set(Method.allCases.filter { routes[Int($0.rawValue)] >= 0 }.map(\.name.rawValue))
        if names.contains("GET") { names.insert("HEAD") }
        names.insert("OPTIONS")
        return names.sorted().joined(separator: ", ")
    }
}
