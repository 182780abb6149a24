internal import HTTPTypes

/// The methods that are known (RFC 9110 §9.3, RFC 5789).
enum Method: UInt8, CaseIterable {
    case get, head, post, put, patch, delete, options, trace, connect

    /// As it is written.
    var name: HTTPRequest.Method {
        switch self {
        case .get: .get
        case .head: .head
        case .post: .post
        case .put: .put
        case .patch: .patch
        case .delete: .delete
        case .options: .options
        case .trace: .trace
        case .connect: .connect
        }
    }

    init?(_ name: HTTPRequest.Method) {
        guard let method = Method.allCases.first(where: { $0.name == name }) else { return nil }
        self = method
    }
}
