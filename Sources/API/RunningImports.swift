internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import Locks

/// The requests with an `Idempotency-Key` whose rows are being made: the same one cannot be made twice at once.
enum RunningImports {
    private static let keys = Locked<Set<String>>([])

    /// Takes note that a request begins.
    ///
    /// - Throws: 409 where it is being done already.
    static func enter(_ key: AnsweredRequest.Key) throws(Problem) {
        guard keys.withLock({ $0.insert(key.key).inserted }) else {
            throw Problem(.conflict, title: "In progress", detail: "The same request is being done: ask again later.")
        }
    }

    /// Takes note that it has ended.
    static func leave(_ key: AnsweredRequest.Key) { keys.withLock { _ = $0.remove(key.key) } }
}
