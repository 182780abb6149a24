public import JSON
public import Store

/// Why a command is not done, without a word about HTTP.
public enum Refusal: Error, Sendable {
    /// The input is not right; every fault is told at once.
    case invalid([Fault])
    /// There is no such record.
    case missing(kind: String, id: String)
    /// A rule says no; `state` tells what stands now, ids of other records included.
    case conflict(rule: String, state: [JSON.Member] = [])
    /// The asker's role may not do it; those that could are named.
    case forbidden(String, by: [String])
    /// The record is at another version than the one the caller saw, or is not there though it should be; of a batch the
    /// number of the operation that demands it.
    case stale(version: Int64?, operation: Int? = nil)

    /// An `Idempotency-Key` was given before with another request.
    case reusedKey

    /// Refuses with all faults where there is one.
    static func demandNone(_ faults: [Fault]) throws(Refusal) {
        guard faults.isEmpty else { throw .invalid(faults) }
    }
}
