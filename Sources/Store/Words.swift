internal import Foundation

/// The words of texts, as `q` finds them.
enum Words {
    // Words are cut by characters: a letter and its mark are one or two scalars, and both are the same word.

    /// The longest word, in characters.
    private static let lengthMax = 40

    /// The start of a word that an index has: the bytes that order it.
    static func indexed(_ word: String) -> IndexKey {
        var keys = WordKeys()
        keys.add(word)
        return keys.all.first ?? .emptyText
    }

    /// Visits the words of a record's texts as an index has them, each once; mostly no text is made.
    static func forEachKey(_ paths: [FieldPath], of record: Record, _ body: (IndexKey) -> Void) {
        var keys = WordKeys()
        for path in paths {
            let isASCII = record.withText(at: path.slot) { text in
                text.contains(UInt8(ascii: "\\"))
                    ? false : unsafe text.withUnsafeBufferPointer { unsafe keys.addASCII($0) }
            }
            guard let isASCII, !isASCII else { continue }
            if case .text(let text) = record.value(at: path.slot) { keys.add(text) }
        }
        for key in keys.all { body(key) }
    }

    /// The words of some texts as an index has them, each once.
    private struct WordKeys {
        private(set) var all: [IndexKey] = []
        /// Those behind the first few.
        private var many: Set<IndexKey> = []
        private static let few = 64

        mutating func add(_ text: String) {
            var text = text
            if text.withUTF8({ unsafe addASCII($0) }) { return }
            for word in splitAny(text) {
                // Cut between scalars where it is too long.
                var key = IndexKey.emptyText
                var length = 0
                for scalar in word.unicodeScalars {
                    let bytes = UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
                    guard length + bytes.count <= IndexKey.orderedBytes else { break }
                    for byte in bytes {
                        key.append(byte, at: length)
                        length += 1
                    }
                }
                add(key)
            }
        }

        /// Adds the words of ASCII bytes; nothing, and `false`, where there are others.
        mutating func addASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
            var allBits: UInt8 = 0
            for place in bytes.indices { unsafe allBits |= bytes[place] }
            guard allBits < 0x80 else { return false }
            all.reserveCapacity(16)
            var key = IndexKey.emptyText
            var length = 0
            for place in bytes.indices {
                let byte = unsafe bytes[place]
                let isDigit = byte &- UInt8(ascii: "0") < 10
                let lower = byte | 0x20
                if isDigit || lower &- UInt8(ascii: "a") < 26 {
                    if length < IndexKey.orderedBytes { key.append(isDigit ? byte : lower, at: length) }
                    length += 1
                } else if length > 0 {
                    add(key)
                    (key, length) = (.emptyText, 0)
                }
            }
            if length > 0 { add(key) }
            return true
        }

        private mutating func add(_ key: IndexKey) {
            // Looking through few is quicker than hashing, and of many a text may have thousands.
            let isNew =
                all.count < Self.few ? !all.contains(key) : many.insert(key).inserted && !all[..<Self.few].contains(key)
            if isNew { all.append(key) }
        }
    }

    /// Whether each of `wanted` begins a word of `texts`.
    static func match(_ wanted: [String], _ texts: [String]) -> Bool {
        let words = texts.flatMap(split)
        return wanted.allSatisfy { start in words.contains { $0.hasPrefix(start) } }
    }

    /// The words of one text in order.
    static func split(_ text: String) -> [String] {
        var text = text
        return text.withUTF8 { bytes in unsafe splitASCII(bytes) } ?? splitAny(text)
    }

    /// Most texts are ASCII, where a byte tells what it is; `nil` for others.
    private static func splitASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> [String]? {
        var words: [String] = []
        var start: Int?
        for place in 0...bytes.count {
            let byte = unsafe place < bytes.count ? bytes[place] : 0
            guard byte < 0x80 else { return nil }
            let isLetter = byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
            if isLetter {
                start = start ?? place
            } else if let first = start {
                unsafe words.append(lowercased(bytes, first..<min(place, first + lengthMax)))
                start = nil
            }
        }
        return words
    }

    private static func lowercased(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> String {
        unsafe String(unsafeUninitializedCapacity: range.count) { word in
            for (index, place) in range.enumerated() {
                let byte = unsafe bytes[place]
                unsafe word[index] = byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
            }
            return range.count
        }
    }

    private static func splitAny(_ text: String) -> [String] {
        folded(text).split { !$0.isLetter && !$0.isNumber }.map { String($0.prefix(lengthMax)) }
    }

    /// A text as it is looked for: whoever types `zoe muller` or `STRASSE` finds Zoë Müller and Straße.
    ///
    /// Compatibility forms are what they stand for (NFKD), letters lose the marks that Latin, Greek and Cyrillic put on
    /// them, and case is folded (Unicode's CaseFolding, of which lower case lacks these two).
    private static func folded(_ text: String) -> String {
        var folded = String.UnicodeScalarView()
        for scalar in text.decomposedStringWithCompatibilityMapping.lowercased().unicodeScalars {
            switch scalar {
            case "\u{300}"..."\u{36F}": continue
            case "ς": folded.append("σ")
            case "ß": folded.append(contentsOf: "ss".unicodeScalars)
            default: folded.append(scalar)
            }
        }
        return String(folded).precomposedStringWithCanonicalMapping
    }
}
