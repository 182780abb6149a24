internal import HTTPTypes

/// Which pages of other origins a browser lets ask this server (the Fetch standard, §3.2).
public struct CrossOrigin: Sendable {
    private let origins: Set<[UInt8]>
    private let isForAll: Bool

    /// Origins as browsers send them, such as `https://crm.example`; `*` is all of them.
    public init(origins: [String]) {
        self.origins = Set(origins.map { Array($0.utf8) })
        isForAll = origins.contains("*")
    }

    /// How long a browser may remember what it was allowed, in seconds.
    private static let rememberedSeconds: Int64 = 600
    private static let requestFields =
        "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Tandem-Seq"
    private static let responseFields =
        "ETag, Idempotent-Replayed, Link, Location, Request-Id, Retry-After, Tandem-Count, Tandem-Seq"

    /// The fields of an answer, and whether a page asks that may.
    ///
    /// All answers have some, since a cache may give one to a page that was made for nobody's: what one origin is told is
    /// not for another, and what all are told is for each (the Fetch standard, §3.2.5).
    func fields(for head: borrowing Head, in bytes: [UInt8]) -> (fields: ResponseFields, mayAsk: Bool) {
        let origin = head.fields.place(of: .origin, in: bytes.span).map { Array(bytes[$0.range]) }
        var fields: ResponseFields = isForAll ? [.accessControlAllowOrigin: "*"] : [.vary: "Origin"]
        guard isForAll || origin.map({ origins.contains($0) }) ?? false else { return (fields, false) }
        if !isForAll, let origin {
            fields.append(.accessControlAllowOrigin, String(decoding: origin, as: UTF8.self))
        }
        fields.append(.accessControlExposeHeaders, Self.responseFields)
        return (fields, origin != nil)
    }

    /// The answer to the question that a browser asks before it sends what a form could not (a preflight).
    static func preflightAnswer(
        to head: borrowing Head, in bytes: [UInt8], allowing methods: String
    ) -> Response? {
        guard head.method == .options,
            head.fields.place(of: .accessControlRequestMethod, in: bytes.span) != nil
        else { return nil }
        var fields: ResponseFields = [
            .accessControlAllowMethods: methods, .accessControlAllowHeaders: requestFields,
        ]
        fields.append(.accessControlMaxAge, rememberedSeconds)
        return Response(.noContent, contentType: nil, fields: fields)
    }
}
