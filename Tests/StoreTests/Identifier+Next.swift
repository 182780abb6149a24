@testable import Store

extension Identifier {
    /// An id for `now` that is greater than `last`.
    static func next(after last: Identifier, now: Instant) -> Identifier {
        var random = SystemRandomNumberGenerator()
        return next(after: last, now: now, using: &random)
    }
}
