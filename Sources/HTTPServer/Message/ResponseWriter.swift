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
        of response: borrowing Response, to output: inout OutputBuffer, stamp: [UInt8], requestNumber: UInt64,
        options: Options
    ) {
        appendStatusLine(response.status, to: &output)
        output.append(stamp)
        output.appendHexadecimal(requestNumber)
        if let contentType = response.contentType {
            output.append("\r\nContent-Type: ")
            output.append(contentType)
        }
        switch options.framing {
        case .length(let length):
            output.append("\r\nContent-Length: ")
            output.appendDecimal(length)
        case .chunked: output.append("\r\nTransfer-Encoding: chunked")
        case .none, .untilClose: break
        }
        if let version = response.version {
            output.append("\r\nETag: \"")
            output.appendDecimal(Int(version))
            output.append("\"")
        }
        output.append(response.fields.wire)
        if options.closes {
            output.append("\r\nConnection: close")
        } else if options.namesKeepAlive {
            output.append("\r\nConnection: keep-alive")
        }
        output.append("\r\n\r\n")
    }

    private static func appendStatusLine(_ status: HTTPResponse.Status, to output: inout OutputBuffer) {
        if status.code == 200 { return output.append("HTTP/1.1 200 OK\r\n") }
        if status.code == 201 { return output.append("HTTP/1.1 201 Created\r\n") }
        output.append("HTTP/1.1 ")
        output.appendDecimal(status.code)
        output.append(" ")
        output.append(Array(status.reasonPhrase.utf8))
        output.append("\r\n")
    }
}
