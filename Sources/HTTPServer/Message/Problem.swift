public import HTTPTypes
public import JSON

/// Why a request was not done, as its sender reads it: an `application/problem+json` document (RFC 9457).
public struct Problem: Error, Sendable {
    /// The answer's status.
    public var status: HTTPResponse.Status
    /// The kind of problem in a few words; the same for all of its kind.
    public var title: String
    /// What is wrong this time, and what would be right.
    public var detail: String
    /// Further members of the document.
    public var members: [JSON.Member]
    /// Header fields that belong to the answer, such as `Allow`.
    public var fields: ResponseFields

    /// A problem.
    public init(
        _ status: HTTPResponse.Status, title: String? = nil, detail: String, members: [JSON.Member] = [],
        fields: ResponseFields = [:]
    ) {
        self.status = status
        self.title = title ?? status.reasonPhrase
        self.detail = detail
        self.members = members
        self.fields = fields
    }

    /// The document, whose `type` is `about:blank`: the status and the title say the kind.
    var document: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("type", "about:blank")
            writer.member("title", .string(title))
            writer.member("status", .integer(Int64(status.code)))
            writer.member("detail", .string(detail))
            for member in members { writer.member(member.name, member.value) }
        }
        writer.newline()
        return writer.bytes
    }
}
