internal import HTTPServer
internal import HTTPTypes

/// A record's version as `ETag`, `If-Match` and `If-None-Match` carry it (RFC 9110 §8.8.3): the number in quotes.
struct EntityTag {
    let version: Int64

    /// Reads a tag; `nil` where it is none of ours.
    init?(_ text: some StringProtocol) {
        guard text.hasPrefix("\""), text.hasSuffix("\""), text.utf8.count > 2,
            let version = Int64(text.dropFirst().dropLast())
        else { return nil }
        self.version = version
    }

    /// The version that `If-Match` demands, or `nil` where any will do.
    ///
    /// - Throws: 400 where the field is no entity tag of ours.
    static func demandedVersion(_ request: borrowing Request) throws(Problem) -> Int64? {
        guard let text = request.field(.ifMatch), text != "*" else { return nil }
        guard let tag = EntityTag(text) else {
            throw Problem(.badRequest, detail: "If-Match must be an ETag as it was answered, such as \"3\", or *.")
        }
        return tag.version
    }

    /// Whether an `If-None-Match` names a version (RFC 9110 §13.1.2: weak comparison).
    static func isKnown(_ version: Int64, to request: borrowing Request) -> Bool {
        guard let field = request.field(.ifNoneMatch) else { return false }
        if field == "*" { return true }
        return field.split(separator: ",").contains { part in
            let tag = part.drop { $0 == " " }
            return EntityTag(tag.hasPrefix("W/") ? tag.dropFirst(2) : tag)?.version == version
        }
    }
}

extension ResponseFields {
    /// The fields of an answer with a record of that version.
    init(version: Int64) {
        self.init()
        append(.eTag, version, isQuoted: true)
    }
}
