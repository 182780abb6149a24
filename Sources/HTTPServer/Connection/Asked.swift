internal import HTTPTypes

/// What is known of a request when its answer is written, at once or later.
struct Asked {
    let number: UInt64
    let options: ResponseWriter.Options
    private let log: (method: String, path: String, start: Int64)?

    /// A request whose head was read from `bytes`.
    init(_ head: Head, in bytes: [UInt8], number: UInt64, isLogged: Bool) {
        self.number = number
        options = .init(isHead: head.method == .head, closes: head.closes, namesKeepAlive: head.asksKeepAlive)
        // Nobody reads the strings of a server without a log, so they are not made.
        log = isLogged ? (head.method.rawValue, String(decoding: bytes[head.path], as: UTF8.self), monotonicNow()) : nil
    }

    /// A message that was not understood; its connection closes.
    init(number: UInt64, isLogged: Bool) {
        self.number = number
        options = .init(closes: true)
        log = isLogged ? ("", "", monotonicNow()) : nil
    }

    /// The exchange as a log has it, where there is one.
    func exchange(_ response: Response) -> Exchange? {
        log.map { log in
            Exchange(
                method: log.method, path: log.path, status: response.status.code, bodyBytes: response.bodyLength,
                duration: .nanoseconds(monotonicNow() - log.start), requestID: RequestID.text(number))
        }
    }
}
