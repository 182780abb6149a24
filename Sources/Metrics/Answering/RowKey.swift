internal import Store

/// Which row of which record a fact is, the same in every state, in the order in which rows are told.
struct RowKey: Hashable, Comparable {
    /// In milliseconds; the same of all where rows are not in the order of their time.
    let time: Int64
    let kind: FactKind
    let record: Identifier
    let part: UInt8
    /// The other record that it names.
    let link: Identifier?
    /// Its place among those that are else the same, of the last of a page from 1.
    var place = 0

    func hash(into hasher: inout Hasher) {
        // Of one record there are few.
        hasher.combine(record)
        hasher.combine(link)
        hasher.combine(place)
    }

    static func < (left: RowKey, right: RowKey) -> Bool {
        if left.time != right.time { return left.time < right.time }
        if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
        if left.record != right.record { return left.record < right.record }
        if left.part != right.part { return left.part < right.part }
        if left.link != right.link { return left.link ?? .least < right.link ?? .least }
        return left.place < right.place
    }
}

extension RowKey {
    /// The key of a record that is one row.
    init(of kind: FactKind, _ record: Identifier) {
        self.init(time: 0, kind: kind, record: record, part: 0, link: nil)
    }

    init(_ fact: Fact, at time: Int64, _ links: Links) {
        self.time = time
        kind = fact.kind
        record = links[fact.kind].ids[Int(fact.row)]
        part = fact.part
        link = fact.kind.linked.flatMap { fact.link < 0 ? nil : links[$0].ids[Int(fact.link)] }
    }
}

/// The row that a page ends with: the next begins behind it, whatever came or went meanwhile.
public struct RowCursor: Sendable {
    let key: RowKey

    init(_ key: RowKey) { self.key = key }

    /// Reads what ``text`` says; `nil` where that was never one.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, let time = Int64(parts[0]), let part = UInt8(parts[2]), let place = Int32(parts[4]),
            place >= 0, let (kind, record) = Self.record(parts[1])
        else { return nil }
        let link = kind.linked.flatMap { Identifier(parts[3], prefix: $0.schema.prefix) }
        guard parts[3].isEmpty || link != nil else { return nil }
        key = RowKey(time: time, kind: kind, record: record, part: part, link: link, place: Int(place))
    }

    private static func record(_ text: String) -> (FactKind, Identifier)? {
        for kind in FactKind.allCases {
            if let id = Identifier(text, prefix: kind.schema.prefix) { return (kind, id) }
        }
        return nil
    }

    /// As an address has it.
    public var text: String {
        let link = key.kind.linked.flatMap { kind in key.link.map { kind.schema.text($0) } } ?? ""
        return "\(key.time).\(key.kind.schema.text(key.record)).\(key.part).\(link).\(key.place)"
    }
}
