public import HTTPTypes

/// Answers one request, on its loop; it must not block.
public typealias Handler = @Sendable (borrowing Request) throws(Problem) -> Response

/// Refuses a request for what its head says; its body is not there yet.
public typealias Admission = @Sendable (borrowing Request) throws(Problem) -> Void

/// Answers one request whose body it takes piece by piece; called when the head is there, on its loop.
///
/// An answer that is given before the body has ended closes the connection.
public typealias StreamHandler = @Sendable (borrowing Request, IncomingBody) throws(Problem) -> Response

/// Bodies of a route that are taken as they arrive.
public struct StreamedBody: Sendable {
    /// The media type, without parameters; `nil` is any.
    let mediaType: String?
    let bodyBytesMax: Int
    let handler: StreamHandler

    /// Bodies of a media type, such as `application/x-ndjson`, of at most so many bytes.
    public init(_ mediaType: String?, bodyBytesMax: Int, _ handler: @escaping StreamHandler) {
        self.mediaType = mediaType
        self.bodyBytesMax = bodyBytesMax
        self.handler = handler
    }
}

/// Which handler answers which method and path.
///
/// A path is literal segments and parameters: `/v1/leads/{id}/journey`. A literal wins over a parameter.
public struct Router: Sendable {
    private var trie = PathTrie()
    private var all: [Route] = []
    private let admits: Admission

    /// A router without routes.
    ///
    /// - Parameter admits: refuses what need not have sent its body; asked before a client is told to go on.
    public init(admits: @escaping Admission = { _ in }) { self.admits = admits }

    /// Answers GET, and HEAD with it.
    public mutating func get(_ pattern: String, _ handler: @escaping Handler) {
        on(.get, pattern, handler)
    }

    /// Answers POST, bodies of one media type perhaps as they arrive.
    public mutating func post(
        _ pattern: String, bodyBytesMax: Int? = nil, streaming: StreamedBody? = nil, _ handler: @escaping Handler
    ) {
        add(.post, pattern, bodyBytesMax, handler, streaming)
    }

    /// Answers PUT.
    public mutating func put(_ pattern: String, _ handler: @escaping Handler) {
        on(.put, pattern, handler)
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
        add(method, pattern, bodyBytesMax, handler, nil)
    }

    /// Answers `method` at `pattern`, taking the body piece by piece as it arrives.
    public mutating func stream(
        _ method: HTTPRequest.Method, _ pattern: String, bodyBytesMax: Int, _ handler: @escaping StreamHandler
    ) {
        add(method, pattern, nil, nil, StreamedBody(nil, bodyBytesMax: bodyBytesMax, handler))
    }

    private mutating func add(
        _ method: HTTPRequest.Method, _ pattern: String, _ bodyBytesMax: Int?, _ handler: Handler?,
        _ streamed: StreamedBody?
    ) {
        guard let known = Method(method) else { preconditionFailure("\(method) is no method that is routed") }
        let segments = pattern.split(separator: "/").map { $0.hasPrefix("{") ? nil : String($0) }
        let names = pattern.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        precondition(names.count <= RouteMatch.parametersMax, "\(pattern) has too many parameters")
        trie.insert(route: all.count, method: known, at: segments)
        all.append(
            Route(
                number: all.count + 1, method: known, pattern: pattern, parameterNames: names,
                bodyBytesMax: bodyBytesMax, handler: handler, streamed: streamed, admits: admits))
    }

    /// Every route, as method and pattern, in the order of their paths.
    public var routes: [(method: HTTPRequest.Method, pattern: String)] {
        let routes = all.map { (method: $0.method.name, pattern: $0.pattern) }
        return routes.sorted { ($0.pattern, $0.method.rawValue) < ($1.pattern, $1.method.rawValue) }
    }

    /// The names of all routes by their numbers; 0 is none.
    var names: [String] { ["none"] + all.map { "\($0.method.name.rawValue) \($0.pattern)" } }

    /// The routes as a server uses them, which change no more.
    var table: RouteTable { RouteTable(trie, all) }
}

/// One method at one path; shared, so that finding it copies a reference and no strings.
final class Route: Sendable {
    /// Its place in ``Router/names``.
    let number: Int
    let method: Method
    let pattern: String
    let parameterNames: [String]
    let bodyBytesMax: Int?
    /// Answers with the body whole; never called where all bodies are streamed.
    let handler: Handler
    let streamed: StreamedBody?
    let admits: Admission

    init(
        number: Int, method: Method, pattern: String, parameterNames: [String], bodyBytesMax: Int?,
        handler: Handler?, streamed: StreamedBody?, admits: @escaping Admission
    ) {
        self.number = number
        self.method = method
        self.pattern = pattern
        self.parameterNames = parameterNames
        self.bodyBytesMax = bodyBytesMax
        self.handler = handler ?? { request in preconditionFailure("\(request.path) takes no body whole") }
        self.streamed = streamed
        self.admits = admits
    }
}

/// A route that fits a path, and where its parameters stand.
struct RouteMatch: Sendable {
    static let parametersMax = 4
    typealias Parameters = InlineArray<4, Place>

    let route: Route
    let parameters: Parameters
}
