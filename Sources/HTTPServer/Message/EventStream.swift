internal import HTTPTypes

/// An event that a client receives while it listens (server-sent events, the HTML standard §9.2).
public struct ServerSentEvent: Sendable {
    /// What the client names in `Last-Event-ID` when it comes again.
    public let id: String
    /// Its kind.
    public let event: String
    /// What it says; JSON on one line.
    public let data: [UInt8]

    /// An event.
    public init(id: String, event: String, data: [UInt8]) {
        self.id = id
        self.event = event
        self.data = data
    }

    /// Appends the event as it goes on the wire.
    func append(to output: inout [UInt8]) {
        output += Array("id: \(id)\nevent: \(event)\n".utf8)
        // A line end within the data begins another field of the same event.
        for line in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            output += Array("data: ".utf8) + line + [UInt8(ascii: "\n")]
        }
        output.append(UInt8(ascii: "\n"))
    }
}

extension Response {
    /// What comes next of a stream of events.
    public enum Events: Sendable {
        /// Some events, at least one.
        case some([ServerSentEvent])
        /// There will be no more.
        case broken
    }

    /// How long a stream may be silent, before a comment tells that somebody is there.
    private static let heartbeat = OutgoingBody.Heartbeat(bytes: Array(": \n\n".utf8), every: .seconds(15))

    /// A stream of events that ends when the client leaves or the server does.
    ///
    /// - Parameter next: called on the loop when the client has taken what was sent; gives more, now or later, from any
    ///   thread, or nothing where the client has left.
    public static func events(
        _ next: @escaping @Sendable (_ client: OutgoingBody.Taker, _ give: @escaping @Sendable (Events) -> Void) -> Void
    ) -> Response {
        Response(
            contentType: "text/event-stream", fields: [.cacheControl: "no-store"],
            stream: OutgoingBody(length: nil, heartbeat: heartbeat) { place, client, give in
                // The head goes out at once, so that the client knows that it listens.
                if place == 0 { return give(.bytes(Array("retry: 1000\n\n".utf8))) }
                next(client) { events in
                    switch events {
                    case .broken: give(.broken)
                    case .some(let events):
                        var bytes: [UInt8] = []
                        for event in events { event.append(to: &bytes) }
                        give(.bytes(bytes))
                    }
                }
            })
    }
}
