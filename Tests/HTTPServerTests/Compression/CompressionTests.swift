import Testing

@testable import HTTPServer

@Suite("Encoding an answer")
struct CompressionTests {
    // A `StaticString` is no argument of a test, so these are loops.
    @Test("pays for text")
    func text() {
        let types: [StaticString] = [
            "application/json", "application/json; charset=utf-8", "application/problem+json", "text/plain",
            "text/plain; charset=utf-8", "text/csv", "text/html;charset=utf-8", "text/css", "text/javascript",
            "text/event-stream", "application/javascript", "image/svg+xml", "application/xml", "application/yaml",
            "application/x-ndjson", "application/openmetrics-text; version=1.0.0",
        ]
        for type in types { #expect(Compression.pays(contentType: type, bytes: 100_000), "\(type)") }
    }

    @Test("does not pay for what is compressed, or not known")
    func notText() {
        let types: [StaticString] = [
            "image/png", "image/jpeg", "image/webp", "application/gzip", "application/x-tar+gzip", "application/zip",
            "application/octet-stream", "application/pdf", "font/woff2", "video/mp4", "", ";", "text", "/json", "+",
            "application/jsonx", "application/octet-stream; of=application/json", "image/json",
        ]
        for type in types { #expect(!Compression.pays(contentType: type, bytes: 100_000), "\(type)") }
        #expect(!Compression.pays(contentType: nil, bytes: 100_000))
    }

    @Test("pays from a length on, and where there is none yet")
    func length() {
        #expect(!Compression.pays(contentType: "application/json", bytes: 0))
        #expect(!Compression.pays(contentType: "application/json", bytes: 1023))
        #expect(Compression.pays(contentType: "application/json", bytes: 1024))
        #expect(Compression.pays(contentType: "text/event-stream", bytes: nil))
    }
}
