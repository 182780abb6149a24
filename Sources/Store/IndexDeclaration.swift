/// What one index is over.
enum IndexDeclaration: Sendable {
    // First, so that its second path is kept without a mark in its bits: who looks for leaks knows marked pointers for none.
    /// The values at a path, each with the values at another, by which lists of the first are ordered.
    case pairs(FieldPath, orderedBy: FieldPath)
    /// The values at a path.
    case values(FieldPath)
    /// The words of some fields.
    case words([FieldPath])

    static func all(of field: Field, slot: Int) -> [IndexDeclaration] {
        if !field.type.parts.isEmpty {
            return field.type.parts.enumerated().filter { $1.hasIndex }.map { part, field in
                .values(FieldPath(slot: slot, part: part, field: field))
            }
        }
        return field.hasIndex ? [.values(FieldPath(slot: slot, part: nil, field: field))] : []
    }

    var isOfWords: Bool {
        if case .words = self { return true }
        return false
    }

    /// Visits what the index holds of a record.
    func forEachKey(_ record: Record, _ body: (IndexKey) -> Void) {
        switch self {
        case .words(let paths): Words.forEachKey(paths, of: record, body)
        case .values(let path):
            // Most values are none, and most others one: no value is made to see that.
            switch record.firstByte(at: path.slot) {
            case UInt8(ascii: "\""): if let key = record.key(at: path) { return body(key) }
            case nil, UInt8(ascii: "n"):
                if record.isNull(at: path.slot) {
                    if path.hasWholeIndex { body(.missing) }
                    return
                }
            default: if record.isEmpty(at: path.slot) { return }
            }
            let value = path.value(in: record)
            if value.isNull, path.hasWholeIndex { return body(.missing) }
            value.forEachIndexKey(folding: path.field.isFolded, body)
        case .pairs(let path, let second):
            if record.isNull(at: path.slot) || record.isEmpty(at: path.slot) { return }
            let order =
                record.key(at: second) ?? second.value(in: record).indexKey(folding: second.field.isFolded) ?? .missing
            if let key = record.key(at: path) { return body(IndexKey(key, orderedBy: order)) }
            path.value(in: record).forEachIndexKey(folding: path.field.isFolded) {
                body(IndexKey($0, orderedBy: order))
            }
        }
    }

    /// Whether both records stand alike in the index for being written alike.
    func isUnchanged(_ old: Record, _ new: Record) -> Bool {
        switch self {
        case .values(let path): old.hasSameBytes(at: path.slot, as: new)
        case .pairs(let path, let second):
            old.hasSameBytes(at: path.slot, as: new) && old.hasSameBytes(at: second.slot, as: new)
        case .words(let paths): paths.allSatisfy { old.hasSameBytes(at: $0.slot, as: new) }
        }
    }
}

extension Record {
    /// The key of a field that holds one value, read from the JSON where that is quick; else `nil`.
    fileprivate func key(at path: FieldPath) -> IndexKey? {
        switch path.reading {
        case .reference: reference(at: path.slot).map { IndexKey($0) }
        case .instant: instant(at: path.slot).map { IndexKey(number: $0.milliseconds) }
        case .text: textKey(at: path)
        case .value: nil
        }
    }

    /// The key of a text that stands in the JSON as it is, which is most.
    private func textKey(at path: FieldPath) -> IndexKey? {
        withText(at: path.slot) { text in
            text.contains(UInt8(ascii: "\\"))
                ? nil
                : unsafe text.withUnsafeBufferPointer { unsafe IndexKey(ascii: $0, folding: path.isFolded) }
        } ?? nil
    }
}
