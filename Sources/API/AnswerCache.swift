internal import HTTPServer
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
        let form: AnswerForm
    }

    private struct Answer: Sendable {
        let seq: Int64
        let madeAt: Instant
        let body: FigureBody
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

    /// The answer to a question of a state, where it was given before.
    func find(_ question: Question, seq: Int64, now: Instant) -> FigureBody? {
        answers.withLock { answers in
            guard let answer = answers.all[question], answer.seq == seq,
                now.millisecondsSince(answer.madeAt) < Self.lifeMilliseconds
            else { return nil }
            return answer.body
        }
    }

    /// Keeps an answer.
    func keep(_ question: Question, seq: Int64, now: Instant, _ body: FigureBody) {
        guard body.bytes.count < Self.bytesMax / 16 else { return }
        answers.withLock { answers in
            if let old = answers.all[question] {
                answers.bytes -= old.body.bytes.count
            } else {
                answers.order.append(question)
            }
            answers.all[question] = Answer(seq: seq, madeAt: now, body: body)
            answers.bytes += body.bytes.count
            while answers.order.count > Self.countMax || answers.bytes > Self.bytesMax {
                let oldest = answers.order.removeFirst()
                answers.bytes -= answers.all.removeValue(forKey: oldest)?.body.bytes.count ?? 0
            }
        }
    }
}
