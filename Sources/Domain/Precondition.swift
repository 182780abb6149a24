public import Store

/// What is demanded of a record before it is written (RFC 9110 §13.1).
public enum Precondition: Sendable, Equatable {
    /// Nothing.
    case none
    /// There is none yet: `If-None-Match: *`.
    case isMissing
    /// It is there, at one of some versions, or at any where none is named: `If-Match`.
    case isThere(versions: [Int64]?)
    /// It is at none of some versions: `If-None-Match`.
    case isOther(than: [Int64])

    /// Refuses where a record that is there is not as it must be.
    ///
    /// - Throws: ``Refusal/stale(version:)`` with the version that it is at.
    public func demand(of record: Record) throws(Refusal) {
        let holds =
            switch self {
            case .none, .isThere(versions: nil): true
            case .isMissing: false
            case .isThere(let versions?): versions.contains(record.version)
            case .isOther(let versions): !versions.contains(record.version)
            }
        guard holds else { throw .stale(version: record.version) }
    }
}
