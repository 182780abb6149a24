/// The words of texts, as `q` finds them.
enum Words {
    /// The longest word and the most words of a record that are kept.
    private static let lengthMax = 40
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
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map { String($0.prefix(lengthMax)) }
    }
}
