internal import JSON

/// The addresses of the rows behind a figure, and behind each group of it.
public struct RowsAddresses: Sendable {
    /// That of all rows.
    let whole: String
    /// That of a group's rows, to which comes what narrows them.
    let narrowed: String
    /// What narrows rows to a key of a dimension, `&owner=user_…`.
    let narrowing: @Sendable (_ dimension: String, _ key: String?) -> String

    /// Addresses, put together of these parts.
    public init(
        whole: String, narrowed: String, narrowing: @escaping @Sendable (_ dimension: String, _ key: String?) -> String
    ) {
        self.whole = whole
        self.narrowed = narrowed
        self.narrowing = narrowing
    }

    /// Of a figure whose rows nobody asks for.
    public static let none = RowsAddresses(whole: "", narrowed: "") { _, _ in "" }
}

/// Writes what groups are called; a key is encoded once for all groups that have it.
struct GroupTeller {
    /// Along each dimension, of each key the member it is, that of its label, and what narrows rows to it.
    private let keys: [[[UInt8]]]
    private let labels: [[[UInt8]]]
    private let narrowings: [[[UInt8]]]
    private let start: [UInt8]

    private static let key = Array(#""key":"#.utf8)
    private static let labelsName = Array(#""labels":"#.utf8)
    private static let rows = Array(#""rows":"#.utf8)
    private static let quote = [UInt8(ascii: "\"")]

    init(_ groups: Groups, _ addresses: RowsAddresses? = nil) {
        let named = Array(zip(groups.dimensions.map(\.rawValue), groups.keys))
        keys = named.map { name, keys in
            keys.map { Self.encoded(name, $0.key.map { .string($0) } ?? .null) }
        }
        labels = named.map { name, keys in
            keys.map { key in key.label.map { Self.encoded(name, .string($0)) } ?? [] }
        }
        narrowings = named.map { name, keys in
            keys.map { key in addresses.map { Self.unquoted($0.narrowing(name, key.key)) } ?? [] }
        }
        start = Self.quote + Self.unquoted(addresses?.narrowed ?? "")
    }

    private static func encoded(_ name: String, _ value: JSON) -> [UInt8] {
        var writer = JSONWriter()
        writer.member(name, value)
        return writer.bytes
    }

    private static func unquoted(_ text: String) -> [UInt8] {
        Array(JSONWriter.encode(.string(text)).dropFirst().dropLast())
    }

    /// `"key": {…}, "labels": {…}`, the latter where keys are ids.
    func writeKeys(of group: Groups.Group, to writer: inout AnswerWriter) {
        let (first, second) = (Int(group.first), Int(group.second))
        let isPair = keys.count == 2
        writer.object(Self.key, encoded: keys[0][first], isPair ? keys[1][second] : [])
        let (label, other) = (labels[0][first], isPair ? labels[1][second] : [])
        if !label.isEmpty || !other.isEmpty { writer.object(Self.labelsName, encoded: label, other) }
    }

    /// The address of the rows behind a group.
    func writeRows(of group: Groups.Group, to writer: inout AnswerWriter) {
        let other = narrowings.count == 2 ? narrowings[1][Int(group.second)] : []
        writer.ofAsking(Self.rows, encoded: start, narrowings[0][Int(group.first)], other, Self.quote)
    }
}
