internal import HTTPTypes

/// Writes the heads of answers: the one place where a status line and the server's own fields are spelled.
enum ResponseWriter {
    /// How the end of a body is told (RFC 9112 §6.3).
    enum Framing: Equatable {
        case none
        case length(Int)
        case chunked
        case untilClose
    }

    struct Options {
        var framing = Framing.none
        var closes = false
        /// What the client must be told when it speaks HTTP/1.0 and stays connected.
        var namesKeepAlive = false
    }

    /// Appends the head of `response` to `output`; `stamp` is what each answer of this second has.
    static func appendHead(
        of response: Response, to output: inout [UInt8], stamp: [UInt8], requestNumber: UInt64, options: Options
    ) {
        appendStatusLine(response.status, to: &output)
        output.append(contentsOf: stamp)
        RequestID.append(requestNumber, to: &output)
        if let contentType = response.contentType {
            append("\r\nContent-Type: ", to: &output)
            append(contentType, to: &output)
        }
        switch options.framing {
        case .length(let length):
            append("\r\nContent-Length: ", to: &output)
            output.appendDecimal(Int64(length))
        case .chunked: append("\r\nTransfer-Encoding: chunked", to: &output)
        case .none, .untilClose: break
        }
        output.append(contentsOf: response.fields.wire)
        if options.closes {
            append("\r\nConnection: close", to: &output)
        } else if options.namesKeepAlive {
            append("\r\nConnection: keep-alive", to: &output)
        }
        append("\r\n\r\n", to: &output)
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
