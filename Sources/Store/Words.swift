/// The words of texts, as `q` finds them.
enum Words {
    // Words are cut by characters: a letter and its mark are one or two scalars, and both are the same word.

    /// The longest word, in characters, and the most words of a record that are looked at.
    private static let lengthMax = 40
    private static let countMax = 60
    /// How many characters of a word an index has: as many ASCII ones as a string has room for without a place of its own.
    private static let indexedLengthMax = 15

    /// The words of some texts as an index has them, each once.
    static func of(_ texts: [String]) -> [String] {
        var words: [String] = []
        for text in texts {
            for word in split(text).map(indexed) where words.count < countMax && !words.contains(word) {
                words.append(word)
            }
        }
        return words
    }

    /// The start of a word that an index has.
    static func indexed(_ word: String) -> String {
        word.utf8.count <= indexedLengthMax ? word : String(word.prefix(indexedLengthMax))
    }

    /// Adds what an index has of a record's words, mostly without making a text.
    static func gather(_ paths: [FieldPath], of record: Record, into builder: inout IndexBuilder) {
        var starts: [ValueStart] = []
        for path in paths {
            let isGathered = record.withText(at: path.slot) { text in
                gatherASCII(text, &starts, into: &builder)
            }
            if isGathered ?? true { continue }
            // Not ASCII: all of the record's words are made again the long way, and those that are there come twice.
            for word in of(paths.compactMap { record.value(at: $0.slot).text }) {
                let start = ValueStart(.text(word))
                if !starts.contains(start) { builder.add(.text(word)) }
            }
            return
        }
    }

    /// Adds the words of the bytes of a JSON string; `false` at the first that is not ASCII, or escaped.
    private static func gatherASCII(
        _ text: ArraySlice<UInt8>, _ starts: inout [ValueStart], into builder: inout IndexBuilder
    ) -> Bool {
        guard text.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\\") }) else { return false }
        var start = ValueStart()
        var length = 0
        for byte in text {
            let isDigit = byte &- UInt8(ascii: "0") < 10
            let lower = byte | 0x20
            if isDigit || lower &- UInt8(ascii: "a") < 26 {
                if length < indexedLengthMax { start.add(isDigit ? byte : lower, at: length) }
                length += 1
                continue
            }
            add(start, length, &starts, into: &builder)
            (start, length) = (ValueStart(), 0)
        }
        add(start, length, &starts, into: &builder)
        return true
    }

    private static func add(
        _ start: ValueStart, _ length: Int, _ starts: inout [ValueStart], into builder: inout IndexBuilder
    ) {
        guard length > 0, starts.count < countMax, !starts.contains(start) else { return }
        starts.append(start)
        builder.add(start, length: min(length, indexedLengthMax))
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
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map { String($0.prefix(lengthMax)) }
    }
}
