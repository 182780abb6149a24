internal import Glibc

/// What every answer says alike, with the time, formatted once a second (RFC 9110 §5.6.7).
struct DateStamp {
    /// From the name of `Date` up to where the request's number goes.
    private(set) var bytes: [UInt8] = []
    private let constant: [UInt8]
    private var second = -1
    private var isFreshUntil = Int64.min

    /// A stamp with the fields that all answers have.
    init(_ constant: ResponseFields) {
        self.constant = constant.wire
    }

    /// Brings it up to date; `now` is monotonic, in nanoseconds.
    mutating func refresh(now: Int64) {
        // The clock is looked at every few milliseconds, not for each answer.
        guard now >= isFreshUntil else { return }
        isFreshUntil = now + 5_000_000
        let current = time(nil)
        guard current != second else { return }
        second = current
        bytes = Array("Date: ".utf8) + Self.format(current) + constant + Array("\r\nRequest-Id: ".utf8)
    }

    static func format(_ second: Int) -> [UInt8] {
        var parts = unsafe tm()
        var time = time_t(second)
        _ = unsafe gmtime_r(&time, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = unsafe "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)])"
        let clock = unsafe "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        return unsafe Array("\(date) \(parts.tm_year + 1900) \(clock) GMT".utf8)
    }
}
