import Dispatch
import Foundation
import Locks
import Testing

@Suite("A combining lock")
struct CombiningLockTests {
    @Test("does work here and now where nobody has the value")
    func free() {
        let lock = CombiningLock(0)
        let told = Locked(0)
        #expect(
            lock.post { value in
                value += 1
                let seen = value
                return { told.withLock { $0 = seen } }
            })
        #expect(lock.withLock { $0 } == 1)
        #expect(told.withLock { $0 } == 1)
    }

    @Test("has who holds the value do what is posted meanwhile, in its order, before it goes on")
    func handedOver() {
        let lock = CombiningLock([String]())
        let doers = Locked<[Bool]>([])
        let isHeld = DispatchSemaphore(value: 0)
        let isPosted = DispatchSemaphore(value: 0)
        let isOver = DispatchSemaphore(value: 0)
        let holder = Locked(pthread_self())
        Thread.detachNewThread {
            holder.withLock { $0 = pthread_self() }
            lock.withLock { value in
                value.append("held")
                isHeld.signal()
                isPosted.wait()
            }
            isOver.signal()
        }
        isHeld.wait()
        let doneHere = ["first", "second"].map { name in
            lock.post { value in
                value.append(name)
                let isByHolder = pthread_self() == holder.withLock { $0 }
                // What follows may use the lock again.
                return { doers.withLock { $0.append(isByHolder && lock.withLock { $0.count } == 3) } }
            }
        }
        #expect(doneHere == [false, false])
        #expect(doers.withLock { $0 } == [])
        isPosted.signal()
        isOver.wait()
        #expect(lock.withLock { $0 } == ["held", "first", "second"])
        #expect(doers.withLock { $0 } == [true, true])
    }

    @Test("gives its turn to who asks for it, where it is free and where another thread takes it time and again")
    func inTurn() {
        let lock = CombiningLock(0)
        #expect(
            lock.withLockInTurn { value in
                value += 1
                return value
            } == 1)
        let (isTaken, isOver) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let isDone = Locked(false)
        Thread.detachNewThread {
            while !isDone.withLock({ $0 }) { lock.withLock { _ in _ = isTaken.signal() } }
            isOver.signal()
        }
        isTaken.wait()
        let before = lock.withLockInTurn { value in
            isDone.withLock { $0 = true }
            defer { value = 7 }
            return value
        }
        #expect(before == 1)
        isOver.wait()
        #expect(lock.withLock { $0 } == 7)
    }

    @Test("does all that many threads post, each once and in the order of its thread")
    func manyThreads() {
        let lock = CombiningLock([[Int]](repeating: [], count: 4))
        let after = Locked(0)
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            for number in 0..<20_000 {
                if number % 5 == 0 {
                    lock.withLock { $0[thread].append(number) }
                    continue
                }
                _ = lock.post { value in
                    value[thread].append(number)
                    return { after.withLock { $0 += 1 } }
                }
            }
        }
        // All threads are done, and nobody was left to do what the last ones posted but themselves.
        #expect(lock.withLock { $0 } == [[Int]](repeating: Array(0..<20_000), count: 4))
        #expect(after.withLock { $0 } == 4 * 16_000)
    }
}
