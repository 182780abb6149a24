internal import Store

/// When something happened, as its teller says: not in the future, and in order.
enum BusinessTime {
    /// Puts now where no time is given; a time in the future is a fault.
    static func complete(_ field: String, of draft: inout Draft, now: Instant) -> [Fault] {
        let slot = draft.schema.slot(of: field)
        guard let time = draft.values[slot].instant else {
            draft.values[slot] = .instant(now)
            return []
        }
        return faults(of: time, at: "/\(field)", now: now)
    }

    /// The fault of a time in the future.
    static func faults(of time: Instant?, at pointer: String, now: Instant) -> [Fault] {
        guard let time, time > now else { return [] }
        return [Fault(pointer, "must not be in the future; it is \(now) now")]
    }
}
