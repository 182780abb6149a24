internal import COpenSSL

/// The SHA-256 of a key, or of what was sent under it: what is kept in its place, and compared.
public struct KeyDigest: Hashable, Sendable {
    private let words: InlineWords

    private struct InlineWords: Equatable, Sendable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var fourth: UInt64 = 0
    }

    /// A digest is as good a hash as there is; a part of it does.
    public func hash(into hasher: inout Hasher) { hasher.combine(words.first) }

    /// The digest of a key.
    public init(of key: ArraySlice<UInt8>) {
        var words = InlineWords()
        unsafe withUnsafeMutableBytes(of: &words) { digest in
            unsafe key.withUnsafeBytes { bytes in
                unsafe tandem_sha256(bytes.baseAddress, Int64(bytes.count), digest.baseAddress)
            }
        }
        self.words = words
    }

    /// The digest of bytes behind others, of which the digest is known.
    init(of bytes: [UInt8], after others: KeyDigest) {
        var words = others.words
        let start = unsafe withUnsafeBytes(of: &words) { unsafe Array($0) }
        self.init(of: (start + bytes)[...])
    }

    /// A digest as it is kept; `nil` where the text is none.
    init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 64 else { return nil }
        var parts: [UInt64] = []
        for start in stride(from: 0, to: 64, by: 16) {
            guard let part = UInt64(String(decoding: digits[start..<start + 16], as: UTF8.self), radix: 16) else {
                return nil
            }
            parts.append(part.bigEndian)
        }
        words = InlineWords(first: parts[0], second: parts[1], third: parts[2], fourth: parts[3])
    }

    /// The digest in 64 hexadecimal digits.
    public var hexadecimal: String {
        [words.first, words.second, words.third, words.fourth].map { Self.digits($0.bigEndian, count: 16) }.joined()
    }

    /// The first 8 of those digits, which tell few things from one another.
    var start: String { Self.digits(words.first.bigEndian >> 32, count: 8) }

    private static func digits(_ number: UInt64, count: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: count - digits.count) + digits
    }
}
