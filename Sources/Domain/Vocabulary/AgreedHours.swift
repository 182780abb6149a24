public import Store

/// The hours in which the clocks of the agreements run, each from when it came into force.
public struct AgreedHours: Sendable {
    /// In order of their start; `nil` hours are always.
    private let terms: [(agreement: Identifier, start: Instant, hours: BusinessHours?)]

    /// Those of the agreements that both had signed before an instant, by their calendars as they were then.
    public init(in records: some Records, signedBefore instant: Instant) {
        let signed = Agreement.signed(before: instant, in: records)
        terms = signed.map {
            let calendar = Agreement.calendar(of: $0.record, in: records)
            return ($0.record.id, $0.start, calendar.map { Calendar.hours(of: $0, asOf: instant) })
        }
    }

    /// The hours of an agreement; `nil` where its clocks always run.
    public func hours(of agreement: Identifier) -> BusinessHours? {
        terms.first { $0.agreement == agreement }?.hours
    }

    /// The hours of the agreement in force at a time; `nil` where there is none, and where its clocks always run.
    public func hours(at time: Instant) -> BusinessHours? { terms.last { $0.start <= time }?.hours }
}
