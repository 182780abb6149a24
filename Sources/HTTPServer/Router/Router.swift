public import HTTPTypes

/// Answers one request, on its loop; it must not block.
public typealias Handler = @Sendable (borrowing Request) throws(Problem) -> Response

/// Answers one request whose body it takes piece by piece; called when the head is there, on its loop.
///
/// An answer that is given before the body has ended closes the connection.
public typealias StreamHandler = @Sendable (borrowing Request, IncomingBody) throws(Problem) -> Response

/// Which handler answers which method and path.
///
/// A path is literal segments and parameters: `/v1/leads/{id}/journey`. A literal wins over a parameter.
public struct Router: Sendable {
    private var root = RouteNode()
    /// The names of all routes by their numbers; 0 is none.
    private(set) var names = ["none"]

    /// A router without routes.
    public init() {}

    /// Answers GET, and HEAD with it.
    public mutating func get(_ pattern: String, _ handler: @escaping Handler) {
        on(.get, pattern, handler)
    }

    /// Answers POST.
    public mutating func post(_ pattern: String, bodyBytesMax: Int? = nil, _ handler: @escaping Handler) {
        on(.post, pattern, bodyBytesMax: bodyBytesMax, handler)
    }

    /// Answers PATCH.
    public mutating func patch(_ pattern: String, _ handler: @escaping Handler) {
        on(.patch, pattern, handler)
    }

    /// Answers DELETE.
    public mutating func delete(_ pattern: String, _ handler: @escaping Handler) {
        on(.delete, pattern, handler)
    }

    /// Answers `method` at `pattern`.
    ///
    /// - Parameters:
    ///   - pattern: the path; `{name}` stands for one segment.
    ///   - bodyBytesMax: the longest body, in bytes, where it differs from ``Limits/bodyBytesMax``.
    public mutating func on(
        _ method: HTTPRequest.Method, _ pattern: String, bodyBytesMax: Int? = nil, _ handler: @escaping Handler
    ) {
        add(method, pattern, bodyBytesMax, .whole(handler))
    }

    /// Answers `method` at `pattern`, taking the body piece by piece as it arrives.
    public mutating func stream(
        _ method: HTTPRequest.Method, _ pattern: String, bodyBytesMax: Int, _ handler: @escaping StreamHandler
    ) {
        add(method, pattern, bodyBytesMax, .streamed(handler))
    }

    private mutating func add(
        _ method: HTTPRequest.Method, _ pattern: String, _ bodyBytesMax: Int?, _ handling: Route.Handling
    ) {
        let segments = pattern.split(separator: "/").map(String.init)
        let names = segments.filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        precondition(names.count <= RouteMatch.parametersMax, "\(pattern) has too many parameters")
        self.names.append("\(method.rawValue) \(pattern)")
        let route = Route(
            number: self.names.count - 1, method: method, pattern: pattern, parameterNames: names, bodyBytesMax: bodyBytesMax, handling: handling)
        root = root.adding(route, segments[...])
    }

    /// Every route, as method and pattern, in the order of their paths.
    public var routes: [(method: HTTPRequest.Method, pattern: String)] {
        let all = root.all.map { (method: $0.method, pattern: $0.pattern) }
        return all.sorted { ($0.pattern, $0.method.rawValue) < ($1.pattern, $1.method.rawValue) }
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
    func match(_ head: Head, in bytes: [UInt8]) -> Outcome {
        var places = RouteMatch.Parameters(repeating: Place(0..<0))
        guard let node = root.find(bytes, head.path, from: head.path.lowerBound, &places, count: 0) else {
            return .missing
        }
        let wanted = head.method == .head ? .get : head.method
        for route in node.routes where route.method == wanted {
            return .found(RouteMatch(route: route, parameters: places))
        }
        return .wrongMethod(allowed: node.allowedMethods)
    }
}

/// One method at one path; shared, so that finding it copies a reference and no strings.
final class Route: Sendable {
    /// Its place in ``Router/names``.
    let number: Int
    let method: HTTPRequest.Method
    let pattern: String
    let parameterNames: [String]
    let bodyBytesMax: Int?
    let handling: Handling

    enum Handling: Sendable {
        /// With its body whole.
        case whole(Handler)
        /// With its body as it arrives.
        case streamed(StreamHandler)
    }

    init(
        number: Int, method: HTTPRequest.Method, pattern: String, parameterNames: [String], bodyBytesMax: Int?,
        handling: Handling
    ) {
        self.number = number
        self.method = method
        self.pattern = pattern
        self.parameterNames = parameterNames
        self.bodyBytesMax = bodyBytesMax
        self.handling = handling
    }
}

/// A route that fits a path, and where its parameters stand.
struct RouteMatch: Sendable {
    static let parametersMax = 4
    typealias Parameters = InlineArray<4, Place>

    let route: Route
    let parameters: Parameters
}

/// One segment of the trie of paths.
final class RouteNode: Sendable {
    let literals: [(segment: [UInt8], node: RouteNode)]
    let parameter: RouteNode?
    let routes: [Route]

    init(literals: [(segment: [UInt8], node: RouteNode)] = [], parameter: RouteNode? = nil, routes: [Route] = []) {
        self.literals = literals
        self.parameter = parameter
        self.routes = routes
    }

    var allowedMethods: String {
        var names = Set(routes.map(\.method.rawValue))
        if names.contains("GET") { names.insert("HEAD") }
        names.insert("OPTIONS")
        return names.sorted().joined(separator: ", ")
    }

    var all: [Route] {
        routes + literals.flatMap(\.node.all) + (parameter?.all ?? [])
    }

    /// A node that has `route` as well; nodes do not change, so a router can be shared without a lock.
    func adding(_ route: Route, _ segments: ArraySlice<String>) -> RouteNode {
        guard let first = segments.first else {
            precondition(!routes.contains { $0.method == route.method }, "\(route.pattern) is routed twice")
            return RouteNode(literals: literals, parameter: parameter, routes: routes + [route])
        }
        let rest = segments.dropFirst()
        if first.hasPrefix("{") {
            return RouteNode(
                literals: literals, parameter: (parameter ?? RouteNode()).adding(route, rest), routes: routes)
        }
        var literals = literals
        let segment = Array(first.utf8)
        if let index = literals.firstIndex(where: { $0.segment == segment }) {
            literals[index].node = literals[index].node.adding(route, rest)
        } else {
            literals.append((segment, RouteNode().adding(route, rest)))
        }
        return RouteNode(literals: literals, parameter: parameter, routes: routes)
    }

    /// The node of the path that goes on at `start`, a slash; the segments of parameters are put into `places`.
    func find(
        _ bytes: [UInt8], _ path: Range<Int>, from start: Int, _ places: inout RouteMatch.Parameters, count: Int
    ) -> RouteNode? {
        if start == path.upperBound || path.count == 1 { return routes.isEmpty ? nil : self }
        var end = start + 1
        while end < path.upperBound, bytes[end] != UInt8(ascii: "/") { end += 1 }
        let segment = start + 1..<end
        guard !segment.isEmpty else { return nil }
        for literal in literals where Self.spells(bytes, segment, literal.segment) {
            if let node = literal.node.find(bytes, path, from: end, &places, count: count) { return node }
        }
        guard let parameter else { return nil }
        places[count] = Place(segment)
        return parameter.find(bytes, path, from: end, &places, count: count + 1)
    }

    private static func spells(_ bytes: [UInt8], _ range: Range<Int>, _ literal: [UInt8]) -> Bool {
        if range.count == literal.count {
            for place in 0..<literal.count where bytes[range.lowerBound + place] != literal[place] { return false }
            return true
        }
        guard range.count > literal.count, bytes[range].contains(UInt8(ascii: "%")) else { return false }
        return percentDecoded(bytes[range], plusIsSpace: false).elementsEqual(literal)
    }
}
