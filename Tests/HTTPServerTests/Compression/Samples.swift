import HTTPTypes
import TestSupport

@testable import HTTPServer

/// Bodies to encode.
enum Sample {
    /// Records as JSON, of about so many bytes.
    static func json(_ count: Int) -> [UInt8] {
        var text = "["
        var random = SplitMix(seed: 7)
        while text.utf8.count < count {
            text += #"{"id":"\#(random.next())","name":"Ada Lovelace","stage":"lead","score":\#(random.next() % 100)},"#
        }
        return Array((text + "null]\n").utf8)
    }

    /// What cannot be made shorter.
    static func noise(_ count: Int) -> [UInt8] {
        Array(endless[..<count])
    }

    private static let endless: [UInt8] = {
        var random = SplitMix(seed: 8)
        return (0..<200_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }()

    /// Short, with what repeats and what does not.
    static let short = Array("hello, hello, hello, hello, world: ".utf8) + noise(40) + json(200)
}

/// What came of decoding.
enum Decoded: Equatable {
    case whole([UInt8])
    case refused(Int)

    /// Of `parts`, which come one after the other.
    init(_ parts: [[UInt8]], bytesMax: Int = 1 << 20, stepBytesMax: Int = .max) {
        let decoder = GzipDecoder()
        var body: [UInt8] = []
        do throws(ParseFault) {
            for part in parts {
                var cursor = 0
                while true {
                    let before = body.count
                    let progress = try decoder.decode(
                        part, &cursor, until: part.count, into: &body, bytesMax: bytesMax, stepBytesMax: stepBytesMax)
                    precondition(body.count - before <= stepBytesMax)
                    if progress == .more { break }
                }
                precondition(cursor == part.count)
                // "More" promises that nothing of what was given is held back.
                let count = body.count
                _ = try decoder.decode(part, &cursor, until: part.count, into: &body, bytesMax: bytesMax)
                precondition(body.count == count)
            }
            try decoder.finish()
            self = .whole(body)
        } catch {
            self = .refused(error.status.code)
        }
    }
}
