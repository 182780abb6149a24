import HTTPServer
import HTTPTypes

/// What browsers are told with every answer.
enum SecurityFields {
    /// The fields; with TLS also that it is to be used from now on (RFC 6797).
    static func all(hasTLS: Bool) -> ResponseFields {
        var fields: ResponseFields = [
            // JSON is never a page, whatever it may look like.
            .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
        ]
        if hasTLS { fields.append(.strictTransportSecurity, "max-age=31536000") }
        return fields
    }
}
