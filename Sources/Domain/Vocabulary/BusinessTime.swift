internal import Store

/// When something happened, as its teller says: not in the future, and in order.
enum BusinessTime {
    /// Puts now where no time is given, and refuses one in the future.
    static func complete(_ field: String, of draft: inout Draft, now: Instant) throws(Refusal) {
        if draft[field].isNull { draft[field] = .instant(now) }
        try demandPast(draft[field].instant, at: "/\(field)", now: now)
    }

    /// Refuses a time in the future.
    static func demandPast(_ time: Instant?, at pointer: String, now: Instant) throws(Refusal) {
        guard let time, time > now else { return }
        throw .invalid([Fault(pointer, "must not be in the future; it is \(now) now")])
    }
}
