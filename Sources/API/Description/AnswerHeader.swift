internal import JSON

/// A header field that answers have, and what it tells.
enum AnswerHeader: String, CaseIterable {
    case requestID = "Request-Id"
    case tandemSeq = "Tandem-Seq"
    case etag = "ETag"
    case location = "Location"
    case link = "Link"
    case tandemCount = "Tandem-Count"
    case replayed = "Idempotent-Replayed"
    case retryAfter = "Retry-After"
    case accept = "Accept"
    case authenticate = "WWW-Authenticate"

    /// All of them, as components.
    static let components: [JSON.Member] = allCases.map { header in
        .init(header.rawValue, ["description": header.description, "schema": header.schema])
    }

    /// References to some of them, the request's id among them.
    static func named(_ headers: [AnswerHeader]) -> JSON {
        .object((headers + [.requestID]).map { .init($0.rawValue, OpenAPI.reference("headers", $0.rawValue)) })
    }

    private var description: JSON {
        switch self {
        case .requestID: "What the server's log and the ledger call the request."
        case .tandemSeq: "The place in the ledger of what was written, or of the state that was read."
        case .etag: "The version of the record or the state of the figure, for If-Match and If-None-Match."
        case .location: "The address of the record that was made."
        case .link: "Of a table the address of the next page, as rel=\"next\"."
        case .tandemCount: "Of a table how many rows there are in all, where that is known."
        case .replayed: "true where it is the answer that the Idempotency-Key had before."
        case .accept: "What the body may be declared as."
        case .authenticate: "How to show a key."
        case .retryAfter: "After how many seconds to try again."
        }
    }

    private var schema: JSON {
        switch self {
        case .tandemSeq, .tandemCount, .retryAfter: Shape.count
        case .location: Shape.address
        case .replayed: Shape.word("true")
        case .requestID, .etag, .link, .accept, .authenticate: Shape.text
        }
    }
}
