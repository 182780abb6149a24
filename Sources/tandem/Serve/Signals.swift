import Dispatch
import Foundation

/// Signals that wait to be taken, one after the other.
struct Signals {
    private var numbers: [Int32] = []
    private var sources: [any DispatchSourceSignal] = []
    private let stream: AsyncStream<Int32>
    private let continuation: AsyncStream<Int32>.Continuation

    /// Catches signals from when this returns.
    init(_ numbers: [Int32]) {
        (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        add(numbers)
    }

    /// Catches more signals from when this returns.
    ///
    /// A signal is ignored before its source exists, or the first one would be lost; and a source is registered a while
    /// after it was resumed, until when a signal would be lost as well.
    mutating func add(_ more: [Int32]) {
        numbers += more
        sources += more.map { [continuation] number in
            signal(number, SIG_IGN)
            let isRegistered = DispatchSemaphore(value: 0)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setRegistrationHandler { @Sendable in isRegistered.signal() }
            source.setEventHandler { @Sendable in continuation.yield(number) }
            source.resume()
            isRegistered.wait()
            return source
        }
    }

    /// The next signal.
    func next() async -> Int32 {
        for await number in stream { return number }
        return SIGTERM
    }

    /// The signals that came and were not taken; no more are caught.
    func rest() async -> [Int32] {
        continuation.finish()
        var rest: [Int32] = []
        for await number in stream { rest.append(number) }
        return rest
    }

    /// Leaves the signals as they were, for a program that takes this one's place, but for those in `ignored`: they stay
    /// ignored there until it catches them, and do not end it meanwhile.
    func reset(but ignored: [Int32]) {
        for number in numbers { signal(number, ignored.contains(number) ? SIG_IGN : SIG_DFL) }
    }
}
