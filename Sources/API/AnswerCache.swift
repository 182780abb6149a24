internal import HTTPServer
internal import JSON
internal import Locks
internal import Store

/// Answers that were given, for who asks the same again of the same state.
///
/// An answer without `as_of` is one as of when it was first asked for, and says so; after a minute it is made anew,
/// since time alone can change a figure.
final class AnswerCache: Sendable {
    /// Who asks what: figures that the company narrows are of one asker alone.
    struct Question: Hashable, Sendable {
        let address: String
        let scope: String
        let isTable: Bool
    }

    private struct Answer: Sendable {
        let seq: Int64
        let madeAt: Instant
        let tag: Int64
        let body: [UInt8]
    }

    private struct Answers: Sendable {
        var all: [Question: Answer] = [:]
        var order: [Question] = []
        var bytes = 0
    }

    private let answers = Locked(Answers())

    private static let countMax = 1000
    private static let bytesMax = 16 << 20
    private static let lifeMilliseconds: Int64 = 60_000

    /// The answer to a question of a state, and its tag, where it was given before.
    func find(_ question: Question, seq: Int64, now: Instant) -> (body: [UInt8], tag: Int64)? {
        answers.withLock { answers in
            guard let answer = answers.all[question], answer.seq == seq,
                now.millisecondsSince(answer.madeAt) < Self.lifeMilliseconds
            else { return nil }
            return (answer.body, answer.tag)
        }
    }

    /// Keeps an answer.
    func keep(_ question: Question, seq: Int64, now: Instant, tag: Int64, body: [UInt8]) {
        guard body.count < Self.bytesMax / 16 else { return }
        answers.withLock { answers in
            if let old = answers.all[question] {
                answers.bytes -= old.body.count
            } else {
                answers.order.append(question)
            }
            answers.all[question] = Answer(seq: seq, madeAt: now, tag: tag, body: body)
            answers.bytes += body.count
            while answers.order.count > Self.countMax || answers.bytes > Self.bytesMax {
                let oldest = answers.order.removeFirst()
                answers.bytes -= answers.all.removeValue(forKey: oldest)?.body.count ?? 0
            }
        }
    }

    /// The tag of an answer: the same for as long as nothing but the time of asking differs.
    static func tag(of answer: JSON) -> Int64 {
        var hash = Digest()
        hash.add(answer)
        return Int64(hash.state >> 2) | 1
    }

    /// FNV-1a, eight bytes at a time, with the upper half folded in.
    private struct Digest {
        var state: UInt64 = 0xcbf2_9ce4_8422_2325

        private static let ofAsking = ["as_of", "to", "rows", "next"]

        mutating func mix(_ word: UInt64) {
            let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
            state = product.high ^ product.low
        }

        private mutating func mix(_ text: String) {
            var word: UInt64 = 0
            var count = 0
            for byte in text.utf8 {
                word = word << 8 | UInt64(byte)
                count += 1
                if count & 7 == 0 { mix(word) }
            }
            mix(word)
            mix(UInt64(count))
        }

        mutating func add(_ json: JSON) {
            switch json {
            case .null: mix(1)
            case .bool(let flag): mix(flag ? 2 : 3)
            case .integer(let number): mix(UInt64(bitPattern: number))
            case .number(let number): mix(number.bitPattern)
            case .string(let text): mix(text)
            case .array(let elements):
                mix(4)
                for element in elements { add(element) }
            case .object(let members):
                mix(5)
                for member in members where !Self.ofAsking.contains(member.name) {
                    mix(member.name)
                    add(member.value)
                }
            }
        }
    }
}
