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
    /// Along each dimension, of each key the member it is, that of its label, empty without one, and what narrows rows to
    /// it.
    private var keys: [Texts] = []
    private var labels: [Texts] = []
    private var narrowings: [Texts] = []
    private let narrowed: [UInt8]

    private static let key = Array(#""key":{"#.utf8)
    private static let labelsName = Array(#","labels":{"#.utf8)
    private static let rows = Array(#""rows":"#.utf8)
    private static let comma = Array(",".utf8)
    private static let end = Array("}".utf8)
    private static let quote = [UInt8(ascii: "\"")]

    init(_ groups: Groups, _ addresses: RowsAddresses? = nil) {
        narrowed = Self.quote + Self.unquoted(addresses?.narrowed ?? "")
        for (dimension, keys) in zip(groups.dimensions.map(\.rawValue), groups.keys) {
            self.keys.append(Texts(keys.map { Self.encoded(dimension, $0.key.map { .string($0) } ?? .null) }))
            labels.append(Texts(keys.map { key in key.label.map { Self.encoded(dimension, .string($0)) } ?? [] }))
            guard let addresses else { continue }
            narrowings.append(Texts(keys.map { Self.unquoted(addresses.narrowing(dimension, $0.key)) }))
        }
    }

    private static func encoded(_ name: String, _ value: JSON) -> [UInt8] {
        var writer = JSONWriter()
        writer.member(name, value)
        return writer.bytes
    }

    private static func unquoted(_ text: String) -> [UInt8] {
        Array(JSONWriter.encode(.string(text)).dropFirst().dropLast())
    }

    /// Writes `"key": {…}, "labels": {…}`, the latter where keys are ids, as the first members of a group.
    func writeKeys(of group: Groups.Group, to writer: inout AnswerWriter) {
        let (first, second) = (Int(group.first), Int(group.second))
        let isPair = keys.count == 2
        writer.plain(Self.key)
        writer.plain(keys[0], first)
        if isPair {
            writer.plain(Self.comma)
            writer.plain(keys[1], second)
        }
        writer.plain(Self.end)
        let (hasFirst, hasSecond) = (labels[0].has(first), isPair && labels[1].has(second))
        guard hasFirst || hasSecond else { return }
        writer.plain(Self.labelsName)
        writer.plain(labels[0], first)
        if hasFirst, hasSecond { writer.plain(Self.comma) }
        if hasSecond { writer.plain(labels[1], second) }
        writer.plain(Self.end)
    }

    /// Writes the address of the rows behind a group.
    func writeRows(of group: Groups.Group, to writer: inout AnswerWriter) {
        writer.ofAsking(Self.rows) { writer in
            writer.plain(narrowed)
            writer.plain(narrowings[0], Int(group.first))
            if narrowings.count == 2 { writer.plain(narrowings[1], Int(group.second)) }
            writer.plain(Self.quote)
        }
    }
}

/// Texts behind one another in one piece of memory.
struct Texts {
    private(set) var bytes: [UInt8] = []
    /// Where each ends, behind the start of the first.
    private var ends = [0]

    init(_ texts: [[UInt8]]) {
        bytes.reserveCapacity(texts.reduce(0) { $0 + $1.count })
        ends.reserveCapacity(texts.count + 1)
        for text in texts {
            bytes += text
            ends.append(bytes.count)
        }
    }

    /// Where a text stands.
    func range(_ place: Int) -> Range<Int> { ends[place]..<ends[place + 1] }

    /// Whether there is anything in a text.
    func has(_ place: Int) -> Bool { ends[place] < ends[place + 1] }
}
