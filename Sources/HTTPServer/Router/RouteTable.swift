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

        /// The handler that takes the body piece by piece, where the route has one.
        var streamHandler: StreamHandler? {
            if case .found(let match) = self, case .streamed(let handler) = match.route.handling { return handler }
            return nil
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
