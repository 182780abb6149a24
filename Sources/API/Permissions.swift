internal import COpenSSL
internal import HTTPServer
internal import HTTPTypes
internal import Store

/// Who may come in.
struct Permissions: Sendable {
    private let holders: [KeyDigest: String]
    private let isOpen: Bool

    /// Everybody may, without a key.
    static let open = Permissions(holders: [:], isOpen: true)

    /// Those whose keys a store keeps.
    init(keysOf view: View) {
        var holders: [KeyDigest: String] = [:]
        view.forEach("keys") { key in
            if let digest = KeyDigest(hexadecimal: key["hash"].text ?? "") { holders[digest] = key.idText }
        }
        self.init(holders: holders, isOpen: false)
    }

    private init(holders: [KeyDigest: String], isOpen: Bool) {
        self.holders = holders
        self.isOpen = isOpen
    }

    /// Who asks.
    ///
    /// - Throws: 401 where the key is missing or unknown.
    func author(of request: borrowing Request) throws(Problem) -> Author {
        Author(actor: try holder(of: request), request: request.id)
    }

    /// Lets a known key in; cheaper than ``author(of:)`` where nothing is written.
    func demandKey(_ request: borrowing Request) throws(Problem) {
        _ = try holder(of: request)
    }

    private func holder(of request: borrowing Request) throws(Problem) -> String {
        if isOpen { return "open" }
        guard let field = request.fieldBytes(.authorization) else {
            throw Self.refusal("Send your key: Authorization: Bearer tk_…")
        }
        guard Self.isBearer(field) else {
            throw Self.refusal("The Authorization field must be Bearer and a key.")
        }
        guard let holder = holders[KeyDigest(of: field.dropFirst(7))] else { throw Self.refusal("No such key.") }
        return holder
    }

    private static func isBearer(_ field: ArraySlice<UInt8>) -> Bool {
        guard field.count > 7 else { return false }
        var place = field.startIndex
        for wanted in "bearer ".utf8 {
            guard field[place] | 0x20 == wanted else { return false }
            place += 1
        }
        return true
    }

    private static func refusal(_ detail: String) -> Problem {
        Problem(.unauthorized, detail: detail, fields: [.wwwAuthenticate: "Bearer"])
    }
}

/// The SHA-256 of a key: what is kept in its place, and compared.
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
        [words.first, words.second, words.third, words.fourth].map { word in
            let digits = String(word.bigEndian, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
