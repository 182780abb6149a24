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
            appendDecimal(response.bodyLength, to: &output)
        }
        append("\r\nRequest-Id: ", to: &output)
        RequestID.append(requestNumber, to: &output)
        for field in response.fields { append(field, to: &output) }
        if options.closes {
            append("\r\nConnection: close", to: &output)
        } else if options.namesKeepAlive {
            append("\r\nConnection: keep-alive", to: &output)
        }
        append("\r\n\r\n", to: &output)
        if hasBody, !options.isHead { output.append(contentsOf: response.body) }
    }

    private static func append(_ field: HTTPField, to output: inout [UInt8]) {
        append("\r\n", to: &output)
        output.append(contentsOf: field.name.rawName.utf8)
        append(": ", to: &output)
        var value = field.value
        value.withUTF8 { bytes in
            var marks: UInt8 = 0
            for place in bytes.indices {
                let byte = unsafe bytes[place]
                marks |= (byte == 0x0D ? 1 : 0) | (byte == 0x0A ? 1 : 0) | (byte == 0 ? 1 : 0)
            }
            if marks == 0 { return unsafe output.append(contentsOf: bytes) }
            // A CR, LF or NUL here would let a value write fields or answers of its own.
            for place in bytes.indices {
                let byte = unsafe bytes[place]
                output.append(byte == 0x0D || byte == 0x0A || byte == 0 ? UInt8(ascii: " ") : byte)
            }
        }
    }

    private static func appendStatusLine(_ status: HTTPResponse.Status, to output: inout [UInt8]) {
        if status.code == 200 { return append("HTTP/1.1 200 OK\r\n", to: &output) }
        if status.code == 201 { return append("HTTP/1.1 201 Created\r\n", to: &output) }
        append("HTTP/1.1 ", to: &output)
        appendDecimal(status.code, to: &output)
        output.append(UInt8(ascii: " "))
        output.append(contentsOf: status.reasonPhrase.utf8)
        append("\r\n", to: &output)
    }

    static func append(_ text: StaticString, to output: inout [UInt8]) {
        unsafe output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func appendDecimal(_ number: Int, to output: inout [UInt8]) {
        var rest = number
        let start = output.count
        repeat {
            output.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        output[start...].reverse()
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
