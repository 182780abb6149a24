import HTTPServer
import HTTPTypes

/// What browsers are told with every answer.
enum SecurityFields {
    /// JSON is never a page, whatever it may look like.
    static let all: ResponseFields = [
        .xContentTypeOptions: "nosniff", .contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
    ]

    /// Over TLS: that it is to be used from now on (RFC 6797 §7.2 has it said there alone).
    static let secure: ResponseFields = [.strictTransportSecurity: "max-age=31536000"]
}
