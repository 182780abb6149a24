internal import Domain
internal import HTTPServer
internal import HTTPTypes

/// A record's version as `ETag`, `If-Match` and `If-None-Match` carry it (RFC 9110 §8.8.3): the number in quotes.
enum EntityTag {
    /// What a request that writes demands of the record, by `If-Match` and `If-None-Match`.
    ///
    /// - Throws: 400 where a field is no list of entity tags, or where both are there.
    static func condition(of request: borrowing Request) throws(Problem) -> Precondition {
        let (match, noneMatch) = (request.allFieldBytes(.ifMatch), request.allFieldBytes(.ifNoneMatch))
        if match.isEmpty, noneMatch.isEmpty { return .none }
        guard match.isEmpty || noneMatch.isEmpty else {
            throw Problem(.badRequest, detail: "Send If-Match or If-None-Match, not both.")
        }
        guard let condition = match.isEmpty ? notMatching(noneMatch) : matching(match) else {
            let name = match.isEmpty ? "If-None-Match" : "If-Match"
            throw Problem(
                .badRequest, detail: "\(name) must be ETags as they were answered, such as \"3\", or *.")
        }
        return condition
    }

    /// What `If-Match` demands; `nil` where it is none. A weak tag is like none here (RFC 9110 §13.1.1: strong comparison).
    static func matching(_ fields: [ArraySlice<UInt8>]) -> Precondition? {
        switch list(fields) {
        case .any: .isThere(versions: nil)
        case .tags(let tags): .isThere(versions: tags.compactMap { $0.isWeak ? nil : $0.version })
        case nil: nil
        }
    }

    /// What `If-None-Match` demands (RFC 9110 §13.1.2: weak comparison).
    private static func notMatching(_ fields: [ArraySlice<UInt8>]) -> Precondition? {
        switch list(fields) {
        case .any: .isMissing
        case .tags(let tags): .isOther(than: tags.compactMap(\.version))
        case nil: nil
        }
    }

    private enum List {
        case any
        /// The version is `nil` in a tag that no record here ever has.
        case tags([(version: Int64?, isWeak: Bool)])
    }

    private static func list(_ fields: [ArraySlice<UInt8>]) -> List? {
        if fields.count == 1, fields[0].elementsEqual("*".utf8) { return .any }
        var tags: [(version: Int64?, isWeak: Bool)] = []
        for var rest in fields {
            while let first = rest.first {
                if first == UInt8(ascii: ",") || first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") {
                    rest = rest.dropFirst()
                    continue
                }
                guard let tag = readTag(&rest) else { return nil }
                tags.append(tag)
            }
        }
        return tags.isEmpty ? nil : .tags(tags)
    }

    /// Takes a tag off the start of a list; behind it the list goes on or ends.
    private static func readTag(_ rest: inout ArraySlice<UInt8>) -> (version: Int64?, isWeak: Bool)? {
        let isWeak = rest.starts(with: "W/".utf8)
        if isWeak { rest = rest.dropFirst(2) }
        guard rest.popFirst() == UInt8(ascii: "\""), let end = rest.firstIndex(of: UInt8(ascii: "\"")) else {
            return nil
        }
        let text = String(decoding: rest[..<end], as: UTF8.self)
        // Tags are the same byte by byte or not: "03" is none of ours.
        let version = Int64(text).flatMap { String($0) == text ? $0 : nil }
        rest = rest[(end + 1)...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
        return (version, isWeak)
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
