internal import CLinux
internal import Dispatch
internal import Glibc
internal import Locks

/// One thread's loop over the connections it accepted; others reach it by ``submit(_:)`` alone.
final class EventLoop: Sendable {
    typealias Job = @Sendable (LoopState) -> Void

    private let queue: DispatchQueue
    private let inbox = Locked<[Job]>([])
    private let wake: Descriptor

    init(number: Int) throws(SystemFault) {
        queue = DispatchQueue(label: "loop \(number)")
        let raw = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard raw >= 0 else { throw SystemFault("eventfd") }
        wake = Descriptor(raw)
    }

    /// Runs the loop on its own thread until its state says that it is done, then leaves `group`.
    func run(
        in group: DispatchGroup, _ make: @escaping @Sendable (_ loop: EventLoop, _ wake: Int32) -> LoopState
    ) {
        group.enter()
        queue.async {
            let state = make(self, self.wake.raw)
            while !state.isDone { self.turn(state) }
            group.leave()
        }
    }

    /// Runs `job` on the loop, after the events it is handling now.
    func submit(_ job: @escaping Job) {
        let isFirst = inbox.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        // Who finds the inbox filled knows that the loop has been woken.
        if isFirst { _ = eventfd_write(wake.raw, 1) }
    }

    private func turn(_ state: LoopState) {
        state.handleEvents()
        let jobs = inbox.withLock { jobs in
            let taken = jobs
            jobs = []
            return taken
        }
        for job in jobs { job(state) }
        state.finishTurn()
    }
}
