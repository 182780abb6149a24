internal import Domain
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

    /// The version that `If-Match` demands, or `nil` where any will do; a tag that no record ever has, or a weak one, which
    /// is like none here, demands one that is never there (RFC 9110 §13.1.1: strong comparison).
    ///
    /// - Throws: 400 where the field is not one entity tag.
    static func demandedVersion(_ request: borrowing Request) throws(Problem) -> Int64? {
        guard let text = request.field(.ifMatch), text != "*" else { return nil }
        if let tag = EntityTag(text) { return tag.version }
        let opaque = text.hasPrefix("W/") ? text.dropFirst(2) : text[...]
        guard opaque.count >= 2, opaque.hasPrefix("\""), opaque.hasSuffix("\""),
            !opaque.dropFirst().dropLast().contains("\"")
        else {
            throw Problem(.badRequest, detail: "If-Match must be one ETag as it was answered, such as \"3\", or *.")
        }
        return -1
    }

    /// What a request that may find a record or none demands of it.
    static func demanded(_ request: borrowing Request) throws(Problem) -> Precondition {
        if let field = request.field(.ifNoneMatch) {
            guard field == "*", request.field(.ifMatch) == nil else {
                throw Problem(.badRequest, detail: "Here If-None-Match can be * alone, and not beside If-Match.")
            }
            return .isMissing
        }
        guard request.field(.ifMatch) != nil else { return .none }
        return .isThere(version: try demandedVersion(request))
    }

    /// Whether an `If-None-Match` names a version (RFC 9110 §13.1.2: weak comparison).
    static func isKnown(_ version: Int64, to request: borrowing Request) -> Bool {
        request.fieldBytes(.ifNoneMatch).map { isKnown(version, in: $0) } ?? false
    }

    /// Whether a field of `If-None-Match` names a version.
    static func isKnown(_ version: Int64, in field: ArraySlice<UInt8>) -> Bool {
        if field.elementsEqual(CollectionOfOne(UInt8(ascii: "*"))) { return true }
        return spells(version, field) || field.split(separator: UInt8(ascii: ",")).contains { spells(version, $0) }
    }

    /// Whether a member of the list is a tag, strong or weak, of that version; without making a text of it.
    private static func spells(_ version: Int64, _ member: ArraySlice<UInt8>) -> Bool {
        var tag = member
        while tag.first == UInt8(ascii: " ") { tag = tag.dropFirst() }
        while tag.last == UInt8(ascii: " ") { tag = tag.dropLast() }
        if tag.starts(with: "W/".utf8) { tag = tag.dropFirst(2) }
        guard tag.count > 2, tag.first == UInt8(ascii: "\""), tag.last == UInt8(ascii: "\"") else { return false }
        var rest = version
        for byte in tag.dropFirst().dropLast().reversed() {
            guard Int64(byte) - 48 == rest % 10, rest > 0 else { return false }
            rest /= 10
        }
        return rest == 0
    }
}
