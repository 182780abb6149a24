internal import HTTPTypes

/// What is known of a request when its answer is written, at once or later.
struct Asked {
    let number: UInt64
    /// When the loop knew of it, in monotonic nanoseconds.
    let start: Int64
    /// The number of the route; 0 is none.
    let route: Int
    let isHead: Bool
    let isVersion10: Bool
    let prefersGzip: Bool
    /// Whether the client wants the connection to end with the answer.
    var closes: Bool
    /// Whether a client of HTTP/1.0 must be told that it stays connected.
    let namesKeepAlive: Bool
    /// The method and the path as they were sent, where there is a log: nobody reads the strings of a server without.
    let line: (method: String, path: String)?
    /// What a page of another origin is told, where one asks that may.
    var crossOrigin: ResponseFields?

    /// A request whose head was read from `bytes`.
    init(
        _ head: borrowing Head, in bytes: borrowing [UInt8], number: UInt64, start: Int64, route: Int, isLogged: Bool
    ) {
        self.number = number
        self.start = start
        self.route = route
        isHead = head.method == .head
        isVersion10 = head.isVersion10
        prefersGzip = head.prefersGzip
        closes = head.closes
        namesKeepAlive = head.asksKeepAlive
        line = isLogged ? (head.method.name.rawValue, head.pathText(in: bytes)) : nil
    }

    /// A message that was not understood; its connection closes.
    init(number: UInt64, start: Int64, isLogged: Bool) {
        self.number = number
        self.start = start
        route = 0
        isHead = false
        isVersion10 = false
        prefersGzip = false
        closes = true
        namesKeepAlive = false
        line = isLogged ? ("", "") : nil
    }
}
