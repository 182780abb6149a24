internal import HTTPTypes

/// Reads what may stand behind a chunk's size, byte by byte, and keeps none of it (RFC 9112 §7.1.1): `;name`, `; name = "value"`.
struct ChunkExtensions {
    private enum Place {
        /// Blanks that only a semicolon can follow.
        case gap
        case start
        case name
        /// Blanks behind a name.
        case nameGap
        case valueStart
        case value
        case quoted
        case escaped
        /// Behind a quoted value.
        case end
    }

    private var place: Place

    /// Goes on from the first byte behind the size; `nil` where none begins with it.
    init?(from byte: UInt8) {
        switch byte {
        case UInt8(ascii: ";"): place = .start
        case 0x20, 0x09: place = .gap
        default: return nil
        }
    }

    /// Reads a byte, and tells whether it is the CR behind them all.
    mutating func read(_ byte: UInt8) throws(ParseFault) -> Bool {
        switch place {
        case .quoted, .escaped: place = try quoted(byte)
        case .start: if !isBlank(byte) { place = try token(byte, or: .name) }
        case .valueStart:
            if byte == UInt8(ascii: "\"") {
                place = .quoted
            } else if !isBlank(byte) {
                place = try token(byte, or: .value)
            }
        case .name, .value:
            if isTokenByte(byte) { return false }
            return try behind(byte)
        case .gap, .nameGap, .end: return try behind(byte)
        }
        return false
    }

    /// What may follow a name or a value.
    private mutating func behind(_ byte: UInt8) throws(ParseFault) -> Bool {
        let isOfName = place == .name || place == .nameGap
        switch byte {
        case UInt8(ascii: ";"): place = .start
        case UInt8(ascii: "=") where isOfName: place = .valueStart
        case 0x20, 0x09: place = isOfName ? .nameGap : .gap
        // Blanks belong to what follows them, and nothing does.
        case 0x0D where place != .gap && place != .nameGap: return true
        default: throw Self.fault
        }
        return false
    }

    private func token(_ byte: UInt8, or next: Place) throws(ParseFault) -> Place {
        guard isTokenByte(byte) else { throw Self.fault }
        return next
    }

    private func quoted(_ byte: UInt8) throws(ParseFault) -> Place {
        guard byte >= 0x20 && byte != 0x7F || byte == 0x09 else { throw Self.fault }
        if place == .escaped { return .quoted }
        return byte == UInt8(ascii: "\"") ? .end : byte == UInt8(ascii: "\\") ? .escaped : .quoted
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static var fault: ParseFault {
        ParseFault(.badRequest, "a chunk extension must be ;name, ;name=value or ;name=\"value\"")
    }
}
