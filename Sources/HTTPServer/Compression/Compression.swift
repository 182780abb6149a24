/// When an answer is worth encoding.
///
/// Whoever encodes an answer also says `Vary: Accept-Encoding`, on the plain form of the same answer too, and gives the
/// two forms different strong entity tags or a weak one (RFC 9110 §8.8.3.3, §12.5.5).
///
/// Never encode an answer that holds a secret beside what its reader's request brought in: its length tells how much of
/// the one repeats the other (BREACH, CVE-2013-3587). That cannot be seen from here; whoever makes the answer says it.
enum Compression {
    /// Shorter bodies go out in one packet with their heads either way, and are encoded for nothing.
    static let bytesMin = 1024

    /// Whether a body of this type and length is worth encoding; `bytes` is `nil` where the length is not known yet.
    static func pays(contentType: StaticString?, bytes: Int?) -> Bool {
        guard let contentType, bytes ?? .max >= bytesMin else { return false }
        return contentType.withUTF8Buffer { unsafe isText($0.span) }
    }

    /// Whether a media type is text; what is not is mostly compressed already.
    private static func isText(_ contentType: Span<UInt8>) -> Bool {
        let end = essenceEnd(contentType)
        func starts(_ text: StaticString) -> Bool { has(contentType, text, at: 0, end: end) }
        func ends(_ text: StaticString) -> Bool { has(contentType, text, at: end - text.utf8CodeUnitCount, end: end) }
        return starts("text/") || ends("+json") || ends("+xml")
            || starts("application/")
                && (ends("/json") || ends("/javascript") || ends("/xml") || ends("/yaml") || ends("/x-ndjson")
                    || ends("/openmetrics-text"))
    }

    /// Where the parameters start.
    private static func essenceEnd(_ contentType: Span<UInt8>) -> Int {
        var end = 0
        while end < contentType.count, contentType[end] != UInt8(ascii: ";"), contentType[end] != UInt8(ascii: " ") {
            end += 1
        }
        return end
    }

    private static func has(_ bytes: Span<UInt8>, _ text: StaticString, at start: Int, end: Int) -> Bool {
        guard start >= 0, start + text.utf8CodeUnitCount <= end else { return false }
        return text.withUTF8Buffer { wanted in
            for place in wanted.indices where unsafe bytes[start + place] != wanted[place] { return false }
            return true
        }
    }
}
