public import HTTPTypes
public import JSON

/// A request, read in place: it lends the connection's bytes and makes a string only of what is asked for.
public struct Request: ~Copyable {
    /// The method.
    public let method: HTTPRequest.Method
    /// The body, whole.
    public let body: [UInt8]
    let bytes: [UInt8]
    let head: Head
    let match: RouteMatch
    let deferred: Deferred

    /// The path as it was sent.
    public var path: String { head.pathText(in: bytes) }

    /// The query as it was sent, without its question mark.
    public var query: String { String(decoding: bytes[head.query], as: UTF8.self) }

    /// Whether the target has a query that is not empty.
    public var hasQuery: Bool { !head.query.isEmpty }

    /// A number for this request, the same as in the answer's `Request-Id`.
    public var id: String { RequestID.text(deferred.requestNumber) }

    /// The segment of the path that the route names `{name}`, percent-decoded.
    ///
    /// Asking for a name that the route does not have is a mistake of the program and traps.
    public func parameter(_ name: String) -> String { String(decoding: parameterBytes(name), as: UTF8.self) }

    /// The bytes of ``parameter(_:)``.
    public func parameterBytes(_ name: String) -> ArraySlice<UInt8> {
        guard let index = match.route.parameterNames.firstIndex(of: name) else {
            preconditionFailure("the route \(match.route.pattern) has no {\(name)}")
        }
        return percentDecoded(bytes[match.parameters[index].range], plusIsSpace: false)
    }

    /// The query's items in order, decoded as forms are: `%20` and `+` are spaces.
    public func queryItems() throws(Problem) -> [QueryItem] {
        guard !head.query.isEmpty else { return [] }
        var items: [QueryItem] = []
        for part in bytes[head.query].split(separator: UInt8(ascii: "&")) {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let value = equals == part.endIndex ? part[equals...] : part[(equals + 1)...]
            items.append(QueryItem(name: try Self.text(part[..<equals]), value: try Self.text(value)))
        }
        return items
    }

    /// The bytes of the first field of that name, or `nil`.
    public func fieldBytes(_ name: HTTPField.Name) -> ArraySlice<UInt8>? {
        guard let place = head.fields.place(of: name, in: bytes.span) else { return nil }
        return bytes[place.range]
    }

    /// The bytes of every field of that name, in order.
    public func allFieldBytes(_ name: HTTPField.Name) -> [ArraySlice<UInt8>] {
        head.fields.places(of: name, in: bytes.span).map { bytes[$0.range] }
    }

    /// The text of the first field of that name, or `nil`.
    public func field(_ name: HTTPField.Name) -> String? {
        fieldBytes(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the client would rather have the answer as gzip (RFC 9110 §12.5.3).
    public var prefersGzip: Bool { head.prefersGzip }

    /// The right to answer this request later; the handler then returns ``Response/deferred``.
    public func later() -> Deferred { deferred }

    /// The body as JSON.
    ///
    /// - Throws: 415 where the body is not declared as one of `mediaTypes`, 400 where it is no JSON.
    public func json(as mediaTypes: [String] = ["application/json"]) throws(Problem) -> JSON {
        try demandMediaType(mediaTypes)
        return try Self.json(in: body)
    }

    /// Bytes as JSON, for work that left the request's loop.
    ///
    /// - Throws: 400 where they are no JSON.
    public static func json(in body: [UInt8]) throws(Problem) -> JSON {
        do throws(JSONFault) { return try JSONParser.parse(body) } catch { throw noJSON(error) }
    }

    /// What is answered to a body that is no JSON: 400.
    public static func noJSON(_ fault: JSONFault) -> Problem {
        Problem(.badRequest, title: "No JSON", detail: "The body is not JSON: \(fault).")
    }

    /// Refuses a body that is not declared as one of `mediaTypes`.
    ///
    /// - Throws: 415 that names what is taken.
    public func demandMediaType(_ mediaTypes: [String] = ["application/json"]) throws(Problem) {
        // As nearly everyone writes it, which needs no strings.
        if let bytes = fieldBytes(.contentType), mediaTypes.contains(where: { bytes.elementsEqual($0.utf8) }) { return }
        let declared = field(.contentType) ?? ""
        var type = declared.prefix { $0 != ";" }
        while type.last == " " || type.last == "\t" { type.removeLast() }
        guard mediaTypes.contains(type.lowercased()) else {
            let given = declared.isEmpty ? "It has none." : "It is \"\(declared)\"."
            throw Problem(
                .unsupportedMediaType,
                detail: "The body must have Content-Type \(mediaTypes.joined(separator: " or ")). \(given)",
                fields: [.accept: mediaTypes.joined(separator: ", ")])
        }
    }

    private static func text(_ part: ArraySlice<UInt8>) throws(Problem) -> String {
        guard let text = String(validating: percentDecoded(part, plusIsSpace: true), as: UTF8.self) else {
            throw Problem(.badRequest, detail: "The query is not UTF-8 after percent-decoding.")
        }
        return text
    }
}

/// A name and a value of a query.
public struct QueryItem: Sendable, Equatable {
    /// The name, decoded.
    public let name: String
    /// The value, decoded; empty where there was none.
    public let value: String

    /// An item.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// A request's number as its sender sees it.
enum RequestID {
    /// 16 hexadecimal digits.
    static func text(_ number: UInt64) -> String {
        unsafe String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 {
                unsafe buffer[index] = hexDigit(UInt8(truncatingIfNeeded: number >> UInt64(60 - index * 4)) & 0xF)
            }
            return 16
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
