/// The words of texts, as `q` finds them.
enum Words {
    /// The longest word, in bytes, and the most words of a record that are kept.
    private static let bytesMax = 40
    private static let countMax = 60

    /// The words of some texts in lower case, each once: what stands between anything but letters and digits.
    static func of(_ texts: [String]) -> [String] {
        var words: [String] = []
        for text in texts {
            for word in split(text) where words.count < countMax && !words.contains(word) { words.append(word) }
        }
        return words
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
                unsafe words.append(lowercased(bytes, first..<min(place, first + bytesMax)))
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
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map { word in
            word.utf8.count <= bytesMax ? String(word) : String(word.prefix(bytesMax / 4))
        }
    }
}
