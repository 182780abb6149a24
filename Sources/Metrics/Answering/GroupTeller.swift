internal import JSON

/// The addresses of the rows behind a figure, and behind each group of it; like any they have nothing that JSON escapes.
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

/// Writes what groups are called and where their rows are; what a key makes of it is encoded once for all groups that have
/// the key.
struct GroupTeller {
    /// All pieces; what follows are places among them.
    private let texts: Texts
    private let first: Pieces
    private let second: Pieces?
    private let labels: Int
    private let comma: Int
    private let end: Int
    private let rows: Int

    /// Where the pieces of the keys along one dimension begin.
    private struct Pieces {
        let names: Int
        /// Of a key without a label it is empty.
        let labels: Int
        /// `nil` where rows have no addresses.
        var narrowings: Int?
    }

    /// What stands around the names of a dimension, and before its labels.
    private struct Around {
        let before: String
        let behind: String
        let label: String
    }

    private static let rowsName = #","rows":"#
    private static let labelsStart = #","labels":{"#

    init(_ groups: Groups, _ addresses: RowsAddresses? = nil) {
        var texts = Texts()
        labels = texts.append(Self.labelsStart)
        comma = texts.append(",")
        end = texts.append("}")
        rows = texts.append(Self.rowsName + "\"" + (addresses?.narrowed ?? ""))
        let isPair = groups.keys.count == 2
        let outer = Around(before: #""key":{"#, behind: isPair ? "" : "}", label: Self.labelsStart)
        first = Self.append(0, of: groups, outer, addresses, to: &texts)
        let inner = Around(before: ",", behind: "}", label: "")
        second = isPair ? Self.append(1, of: groups, inner, addresses, to: &texts) : nil
        self.texts = texts
    }

    /// Appends the pieces of the keys along a dimension.
    private static func append(
        _ place: Int, of groups: Groups, _ around: Around, _ addresses: RowsAddresses?, to texts: inout Texts
    ) -> Pieces {
        let (dimension, keys) = (groups.dimensions[place].rawValue, groups.keys[place])
        var pieces = Pieces(names: texts.count, labels: texts.count + keys.count)
        // One for all, since making one takes longer than writing with it.
        var json = JSONWriter()
        for key in keys {
            json.member(dimension, key.key.map { .string($0) } ?? .null)
            texts.append(around.before, taking: &json, around.behind)
        }
        for key in keys {
            if let label = key.label { json.member(dimension, .string(label)) }
            texts.append(key.label == nil ? "" : around.label, taking: &json)
        }
        guard let addresses else { return pieces }
        pieces.narrowings = texts.count
        let quote = place == groups.keys.count - 1 ? "\"" : ""
        for key in keys { texts.append(addresses.narrowing(dimension, key.key), quote) }
        return pieces
    }

    /// Writes `"key": {…}, "labels": {…}`, the latter where keys are ids, as the first members of a group.
    func writeKeys(of group: Groups.Group, to writer: inout AnswerWriter) {
        let (place, other) = (Int(group.first), Int(group.second))
        writer.plain(texts, first.names + place)
        if let second { writer.plain(texts, second.names + other) }
        let hasFirst = texts.has(first.labels + place)
        let hasSecond = second.map { texts.has($0.labels + other) } ?? false
        guard hasFirst || hasSecond else { return }
        if hasFirst { writer.plain(texts, first.labels + place) }
        if let second, hasSecond {
            writer.plain(texts, hasFirst ? comma : labels)
            writer.plain(texts, second.labels + other)
        }
        writer.plain(texts, end)
    }

    /// Writes the address of the rows behind a group, where rows have one, as a member that is not its first.
    func writeRows(of group: Groups.Group, to writer: inout AnswerWriter) {
        guard let narrowings = first.narrowings else { return }
        writer.ofAsking(nameCount: Self.rowsName.utf8.count) { writer in
            writer.plain(texts, rows)
            writer.plain(texts, narrowings + Int(group.first))
            if let other = second?.narrowings { writer.plain(texts, other + Int(group.second)) }
        }
    }
}

/// Texts behind one another in one piece of memory.
struct Texts {
    private(set) var bytes: [UInt8] = []
    /// Where each ends, behind the start of the first.
    private var ends = [0]

    /// How many there are.
    var count: Int { ends.count - 1 }

    /// Appends one and tells its place.
    @discardableResult
    mutating func append(_ text: String, _ end: String = "") -> Int {
        bytes += text.utf8
        bytes += end.utf8
        ends.append(bytes.count)
        return count - 1
    }

    /// Appends one that begins and ends so, with what was written between, which is taken out of its writer.
    mutating func append(_ start: String, taking json: inout JSONWriter, _ end: String = "") {
        bytes += start.utf8
        unsafe json.withBytes { unsafe bytes.append(contentsOf: $0) }
        bytes += end.utf8
        ends.append(bytes.count)
        json.removeAll()
    }

    /// Where a text stands.
    func range(_ place: Int) -> Range<Int> { ends[place]..<ends[place + 1] }

    /// Whether there is anything in a text.
    func has(_ place: Int) -> Bool { ends[place] < ends[place + 1] }
}
