internal import Glibc
internal import HTTPTypes

/// Writes answers into bytes: the one place where a status line and fields are spelled.
enum ResponseWriter {
    struct Options {
        var isHead = false
        var closes = false
        /// What the client must be told when it speaks HTTP/1.0 and stays connected.
        var namesKeepAlive = false
    }

    /// Appends `response` to `output`.
    static func append(
        _ response: Response, to output: inout [UInt8], date: [UInt8], requestNumber: UInt64, options: Options
    ) {
        appendStatusLine(response.status, to: &output)
        append("Date: ", to: &output)
        output.append(contentsOf: date)
        if let contentType = response.contentType {
            append("\r\nContent-Type: ", to: &output)
            append(contentType, to: &output)
        }
        // 204 and 304 have no body, and RFC 9110 §8.6 allows them no length of one.
        let hasBody = response.status.code != 204 && response.status.code != 304
        if hasBody {
            append("\r\nContent-Length: ", to: &output)
            output.appendDecimal(Int64(response.bodyLength))
        }
        append("\r\nRequest-Id: ", to: &output)
        RequestID.append(requestNumber, to: &output)
        output.append(contentsOf: response.fields.wire)
        if options.closes {
            append("\r\nConnection: close", to: &output)
        } else if options.namesKeepAlive {
            append("\r\nConnection: keep-alive", to: &output)
        }
        append("\r\n\r\n", to: &output)
        if hasBody, !options.isHead { output.append(contentsOf: response.body) }
    }

    private static func appendStatusLine(_ status: HTTPResponse.Status, to output: inout [UInt8]) {
        if status.code == 200 { return append("HTTP/1.1 200 OK\r\n", to: &output) }
        if status.code == 201 { return append("HTTP/1.1 201 Created\r\n", to: &output) }
        append("HTTP/1.1 ", to: &output)
        output.appendDecimal(Int64(status.code))
        output.append(UInt8(ascii: " "))
        output.append(contentsOf: status.reasonPhrase.utf8)
        append("\r\n", to: &output)
    }

    static func append(_ text: StaticString, to output: inout [UInt8]) {
        unsafe output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

/// The `Date` field's value, formatted once a second (RFC 9110 §5.6.7).
struct DateStamp {
    private var second = -1
    private var text: [UInt8] = []

    /// The stamp of the current second.
    mutating func bytes() -> [UInt8] {
        let now = time(nil)
        if now != second {
            second = now
            text = Self.format(now)
        }
        return text
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
