import HTTPTypes

@testable import HTTPServer

/// What a parser made of some bytes, in a form that two ways of feeding it can be compared by.
enum Reading: Equatable, CustomStringConvertible {
    case done(String)
    case more
    case refused(Int)

    var description: String {
        switch self {
        case .done(let what): "done: \(what)"
        case .more: "more"
        case .refused(let status): "refused with \(status)"
        }
    }
}

extension Reading {
    /// The head that stands whole in `bytes`.
    static func ofHead(_ bytes: [UInt8], limits: Limits = Limits()) -> Reading {
        var parser = HeadParser()
        do throws(ParseFault) {
            switch try parser.parse(bytes, 0, until: bytes.count, limits: limits) {
            case .more: return .more
            case .done(let head, let end): return .done(summary(of: head, in: bytes) + " ends \(end)")
            }
        } catch {
            return .refused(error.status.code)
        }
    }

    /// The first outcome when the bytes come one by one, as a connection would see it.
    static func ofHeadByteByByte(_ bytes: [UInt8], limits: Limits = Limits()) -> Reading {
        for count in 1...bytes.count {
            let reading = ofHead(Array(bytes[..<count]), limits: limits)
            if reading != .more { return reading }
        }
        return .more
    }

    /// The chunked body in `parts`, which come one after the other.
    static func ofChunked(_ parts: [[UInt8]], bytesMax: Int = 1024) -> Reading {
        var decoder = ChunkedDecoder()
        var body: [UInt8] = []
        do throws(ParseFault) {
            for part in parts {
                var cursor = 0
                let isWhole = try decoder.decode(part, &cursor, until: part.count, into: &body, bytesMax: bytesMax)
                if isWhole { return .done(String(decoding: body, as: UTF8.self)) }
            }
        } catch {
            return .refused(error.status.code)
        }
        return .more
    }

    private static func summary(of head: Head, in bytes: [UInt8]) -> String {
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        let fields = head.fields.map { "\(text($0.name.range))=\(text($0.value.range))" }.joined(separator: "&")
        return
            "\(head.method.name.rawValue) \(head.isAsterisk ? "*" : text(head.path)) \(text(head.query)) \(head.body) "
            + "\(head.closes) \(head.asksKeepAlive) \(head.expectsContinue) [\(fields)]"
    }
}

/// A head of the bytes, for tests of what comes after it.
func head(of text: String) throws(ParseFault) -> Head {
    var parser = HeadParser()
    let bytes = Array(text.utf8)
    guard case .done(let head, _) = try parser.parse(bytes, 0, until: bytes.count, limits: Limits()) else {
        throw ParseFault(.badRequest, "not whole")
    }
    return head
}
