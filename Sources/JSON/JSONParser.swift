/// Reads JSON (RFC 8259) strictly, in place: no value twice under one name, no invalid UTF-8, no endless depth.
///
/// Why not Foundation's decoders: they drop a repeated member in silence, keep neither the order of members nor whole
/// numbers apart from others, and tell no line and column of a fault.
public struct JSONParser {
    /// The deepest nesting that is read; what people post is 3 deep.
    public static let depthMax = 32

    private let bytes: [UInt8]
    private let end: Int
    /// The place of the next byte.
    public private(set) var place: Int
    private var depth = 0

    /// Reads `bytes`, or the part of it given by `range`.
    public init(_ bytes: [UInt8], range: Range<Int>? = nil) {
        self.bytes = bytes
        self.place = range?.lowerBound ?? 0
        self.end = range?.upperBound ?? bytes.count
    }

    /// The one value that `bytes` hold.
    ///
    /// - Throws: ``JSONFault`` where the bytes are no JSON, or more than one value.
    public static func parse(_ bytes: [UInt8]) throws(JSONFault) -> JSON {
        var parser = JSONParser(bytes)
        let value = try parser.value()
        try parser.finish()
        return value
    }

    /// Demands that nothing but white space is left.
    public mutating func finish() throws(JSONFault) {
        skipSpace()
        guard place == end else { throw fault("more text after the value") }
    }

    /// The next value, whole.
    public mutating func value() throws(JSONFault) -> JSON {
        skipSpace()
        guard place < end else { throw fault("the text ends where a value should be") }
        switch bytes[place] {
        case UInt8(ascii: "{"): return .object(try members())
        case UInt8(ascii: "["): return .array(try elements())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    /// Steps into an object; ``nextMember()`` then gives its names.
    public mutating func enterObject() throws(JSONFault) {
        skipSpace()
        try take("{", "an object")
        try descend()
    }

    /// The next name of the object being read, or `nil` after the last; the caller reads its value.
    public mutating func nextMember(isFirst: Bool) throws(JSONFault) -> String? {
        skipSpace()
        if try closes("}", isFirst: isFirst) { return nil }
        skipSpace()
        guard peek() == UInt8(ascii: "\"") else { throw fault("a member's name in double quotes should be here") }
        let name = try string()
        skipSpace()
        try take(":", "a colon after the name")
        return name
    }

    /// Where the next name of the object being read stands, its quotes apart, or `nil` after the last; the caller reads
    /// its value. For text that is known to be JSON, and names without escapes.
    public mutating func nextNamePlace(isFirst: Bool) throws(JSONFault) -> Range<Int>? {
        skipSpace()
        if try closes("}", isFirst: isFirst) { return nil }
        skipSpace()
        guard peek() == UInt8(ascii: "\"") else { throw fault("a member's name in double quotes should be here") }
        let start = place + 1
        skipString()
        place = min(place + 1, end)
        let name = start..<max(start, place - 1)
        skipSpace()
        try take(":", "a colon after the name")
        return name
    }

    /// Passes over the string that comes next and tells where it stands, its quotes apart; `nil`, with nothing passed over,
    /// where something else comes, and where it is not as it stands: with escapes, or with what is not ASCII.
    public mutating func nextPlainText() -> Range<Int>? {
        skipSpace()
        guard peek() == UInt8(ascii: "\"") else { return nil }
        let start = place + 1
        var next = start
        while next < end, (0x20...0x7E).contains(bytes[next]), bytes[next] != UInt8(ascii: "\\") {
            if bytes[next] == UInt8(ascii: "\"") {
                place = next + 1
                return start..<next
            }
            next += 1
        }
        return nil
    }

    /// Passes over the next name of the object being read, not the first, where it is written as `name`, quotes and colon
    /// and all, with no space about it; tells whether it is.
    public mutating func takeName(_ name: [UInt8]) -> Bool {
        let start = place + 1
        guard start + name.count <= end, bytes[place] == UInt8(ascii: ",") else { return false }
        for offset in name.indices where bytes[start + offset] != name[offset] { return false }
        place = start + name.count
        return true
    }

    /// Steps into an array; ``nextElement(isFirst:)`` then says whether another is there.
    public mutating func enterArray() throws(JSONFault) {
        skipSpace()
        try take("[", "an array")
        try descend()
    }

    /// Whether another element follows; the caller reads it.
    public mutating func nextElement(isFirst: Bool) throws(JSONFault) -> Bool {
        skipSpace()
        return try !closes("]", isFirst: isFirst)
    }

    /// Passes over the next value and tells where it stands.
    ///
    /// It finds the end by brackets and quotes alone: for text that is known to be JSON.
    public mutating func skipValue() throws(JSONFault) -> Range<Int> {
        skipSpace()
        let start = place
        var open = 0
        repeat {
            guard place < end else { throw fault("the text ends inside a value") }
            switch bytes[place] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): open += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): open -= 1
            case UInt8(ascii: "\""): skipString()
            default:
                if open == 0 {
                    skipWord()
                    return start..<place
                }
            }
            place += 1
        } while open > 0
        return start..<min(place, end)
    }

    // MARK: Parts

    /// Goes to the closing quote of the string that starts here.
    private mutating func skipString() {
        place += 1
        while place < end, bytes[place] != UInt8(ascii: "\"") {
            place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
    }

    private mutating func skipWord() {
        while place < end {
            switch bytes[place] {
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x20, 0x09, 0x0A, 0x0D: return
            default: place += 1
            }
        }
    }

    private mutating func members() throws(JSONFault) -> [JSON.Member] {
        try enterObject()
        var members: [JSON.Member] = []
        // Most objects have some, and an array that grows is copied again and again.
        members.reserveCapacity(peek() == UInt8(ascii: "}") ? 0 : 8)
        var names = Set<String>()
        while let name = try nextMember(isFirst: members.isEmpty) {
            // A second value under one name is read differently by different readers, so it is refused.
            let isRepeated =
                members.count < 16 ? members.contains { $0.name == name } : !names.insert(name).inserted
            guard !isRepeated else { throw fault("the member \"\(name)\" is given twice") }
            members.append(JSON.Member(name, try value()))
            if members.count == 16 { names = Set(members.map(\.name)) }
        }
        return members
    }

    private mutating func elements() throws(JSONFault) -> [JSON] {
        try enterArray()
        var elements: [JSON] = []
        while try nextElement(isFirst: elements.isEmpty) {
            elements.append(try value())
        }
        return elements
    }

    private mutating func closes(_ bracket: Unicode.Scalar, isFirst: Bool) throws(JSONFault) -> Bool {
        if peek() == UInt8(ascii: bracket) {
            place += 1
            depth -= 1
            return true
        }
        guard !isFirst else { return false }
        guard peek() == UInt8(ascii: ",") else { throw fault("a comma or \(bracket) should be here") }
        place += 1
        return false
    }

    private mutating func descend() throws(JSONFault) {
        depth += 1
        guard depth <= Self.depthMax else { throw fault("nested deeper than \(Self.depthMax)") }
    }

    private mutating func string() throws(JSONFault) -> String {
        let opening = place
        place += 1
        let start = place
        var allBits: UInt8 = 0
        while place < end {
            let byte = bytes[place]
            allBits |= byte
            if byte == UInt8(ascii: "\"") {
                defer { place += 1 }
                // Most texts are ASCII, which needs no validation; `String(validating:)` costs four times as much.
                if allBits < 0x80 { return String(decoding: bytes[start..<place], as: UTF8.self) }
                return try validText(bytes[start..<place], at: start)
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start, opening: opening) }
            guard byte >= 0x20 else { throw fault("a control character inside a string; write it as \\u00XX") }
            place += 1
        }
        place = opening
        throw fault("the string that starts here has no end")
    }

    private mutating func escapedString(from start: Int, opening: Int) throws(JSONFault) -> String {
        var unescaped = Array(bytes[start..<place])
        while place < end {
            let byte = bytes[place]
            if byte == UInt8(ascii: "\"") {
                place += 1
                return try validText(unescaped[...], at: start)
            }
            guard byte >= 0x20 else { throw fault("a control character inside a string; write it as \\u00XX") }
            place += 1
            guard byte == UInt8(ascii: "\\") else {
                unescaped.append(byte)
                continue
            }
            let scalar = try escape()
            unescaped.append(contentsOf: String(Character(scalar)).utf8)
        }
        place = opening
        throw fault("the string that starts here has no end")
    }

    private mutating func escape() throws(JSONFault) -> Unicode.Scalar {
        guard let letter = peek() else { throw fault("the text ends inside an escape") }
        place += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw fault("no such escape")
        }
    }

    private mutating func unicodeEscape() throws(JSONFault) -> Unicode.Scalar {
        let high = try fourHexDigits()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, peek() == UInt8(ascii: "\\") else { throw fault("half of a surrogate pair") }
        place += 1
        guard peek() == UInt8(ascii: "u") else { throw fault("half of a surrogate pair") }
        place += 1
        let low = try fourHexDigits()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
        else { throw fault("half of a surrogate pair") }
        return scalar
    }

    private mutating func fourHexDigits() throws(JSONFault) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("four hexadecimal digits should be here")
            }
            code = code << 4 | UInt32(digit)
            place += 1
        }
        return code
    }

    private func validText(_ part: ArraySlice<UInt8>, at start: Int) throws(JSONFault) -> String {
        guard let text = String(validating: part, as: UTF8.self) else {
            throw JSONFault("the string is not valid UTF-8", at: start, in: bytes)
        }
        return text
    }

    private mutating func number() throws(JSONFault) -> JSON {
        let start = place
        if peek() == UInt8(ascii: "-") { place += 1 }
        let digits = place
        skipDigits()
        guard place > digits else {
            place = start
            let isMark = bytes[start..<end].starts(with: [0xEF, 0xBB, 0xBF])
            throw fault(isMark ? "a value should be here and not a byte order mark" : "a value should be here")
        }
        guard place == digits + 1 || bytes[digits] != UInt8(ascii: "0") else {
            place = start
            throw fault("a number does not start with 0")
        }
        let isWhole = try !skipFractionAndExponent()
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        if isWhole, let whole = Int64(text) { return .integer(whole) }
        guard let number = Double(text), number.isFinite else { throw fault("the number is too large") }
        return .number(number)
    }

    private mutating func skipFractionAndExponent() throws(JSONFault) -> Bool {
        var isThere = false
        if peek() == UInt8(ascii: ".") {
            place += 1
            isThere = true
            try demandDigits()
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            place += 1
            isThere = true
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { place += 1 }
            try demandDigits()
        }
        return isThere
    }

    private mutating func demandDigits() throws(JSONFault) {
        let start = place
        skipDigits()
        guard place > start else { throw fault("a digit should be here") }
    }

    private mutating func skipDigits() {
        while place < end, bytes[place] &- UInt8(ascii: "0") < 10 { place += 1 }
    }

    private mutating func word(_ text: String, _ value: JSON) throws(JSONFault) -> JSON {
        guard end - place >= text.utf8.count, bytes[place..<place + text.utf8.count].elementsEqual(text.utf8) else {
            throw fault("a value should be here; words other than true, false and null need double quotes")
        }
        place += text.utf8.count
        return value
    }

    private mutating func take(_ character: Unicode.Scalar, _ expected: String) throws(JSONFault) {
        guard peek() == UInt8(ascii: character) else { throw fault("\(expected) should be here") }
        place += 1
    }

    private func peek() -> UInt8? { place < end ? bytes[place] : nil }

    private mutating func skipSpace() {
        while place < end {
            switch bytes[place] {
            case 0x20, 0x09, 0x0A, 0x0D: place += 1
            default: return
            }
        }
    }

    private func fault(_ reason: String) -> JSONFault { JSONFault(reason, at: place, in: bytes) }
}
