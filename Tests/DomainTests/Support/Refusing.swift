import Domain
import JSON
import Store
import Testing

extension Refusal {
    /// Where the faults of an input are.
    var pointers: [String] {
        guard case .invalid(let faults) = self else { return [] }
        return faults.map(\.pointer)
    }

    /// The rule that was broken, or the first fault.
    var words: String {
        switch self {
        case .invalid(let faults): faults.first?.detail ?? ""
        case .conflict(let rule, _): rule
        case .missing(let kind, let id): "there is no \(kind) \(id)"
        case .reusedKey: "the key was used before"
        case .forbidden(let reason, _): reason
        case .stale(let version, _): "at version \(version ?? 0)"
        }
    }

    /// What a broken rule tells of the state.
    func state(_ name: String) -> JSON? {
        guard case .conflict(_, let state) = self else { return nil }
        return state.first { $0.name == name }?.value
    }
}

/// The refusal that a command must end with.
func refusal(
    _ command: () throws -> Void, location: SourceLocation = #_sourceLocation
) throws -> Refusal {
    do {
        try command()
    } catch let refusal as Refusal {
        return refusal
    }
    throw NotRefused(location: "\(location)")
}

/// A command was done that a rule should have refused.
struct NotRefused: Error {
    let location: String
}
