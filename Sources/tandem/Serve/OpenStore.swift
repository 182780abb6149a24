import Dispatch
import Domain
import Foundation
import Ledger
import Locks
import Logging
import Store

/// The store over a folder's ledger.
enum OpenStore {
    /// The time of day.
    static let clock: @Sendable () -> Instant = {
        Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }

    /// Loads the ledger in `folder` and warns of what was cut or passed over.
    ///
    /// - Throws: ``Failure`` in one clear line.
    static func open(
        _ folder: String, sync: SyncMode = .always, segmentBytes: Int = 64 << 20, _ log: Logger
    ) throws(Failure) -> (store: Store, files: FileLedger) {
        do throws(LedgerFault) {
            let files = try FileLedger(directory: folder, sync: sync, segmentBytesMax: segmentBytes)
            let store = try Store(files, resources: Resources.schemas, clock: clock)
            for remark in store.loadReport.remarks { log.warning("\(remark)") }
            if let seq = store.loadReport.unfinishedErasure {
                log.warning(
                    "an erasure is not known to be done in all older lines here; doing it now",
                    metadata: ["seq": "\(seq)"])
                finish(seq, in: store, log)
            }
            return (store, files)
        } catch {
            throw Failure("\(error)")
        }
    }

    /// Finishes an erasure. Where that fails nothing is missing for all that, and so it is no reason not to start.
    private static func finish(_ seq: Int64, in store: Store, _ log: Logger) {
        do throws(LedgerFault) {
            try store.finishErasures(through: seq)
        } catch {
            log.error(
                "an erasure is still not finished: POST /internal/erasures tries again, and so does the next start",
                metadata: ["seq": "\(seq)", "why": "\(error)"])
        }
    }
}

extension Store {
    /// Does a command and waits until it is durable.
    ///
    /// - Throws: ``Failure`` where a rule refuses or the disk does.
    func writeAndWait<Result: Sendable>(
        by actor: String, _ body: (inout Transaction) throws(Refusal) -> Result
    ) throws(Failure) -> Result {
        let box = Waiting<Outcome<Result, Refusal>>()
        write(by: Author(actor: actor, request: ""), body) { box.put($0) }
        flush()
        switch box.take() {
        case .done(let result, _): return result
        case .refused(let refusal): throw Failure("refused: \(refusal)")
        case .failed(let fault): throw Failure("not written: \(fault.reason)")
        }
    }
}

/// A place for one value that another thread brings.
final class Waiting<Value: Sendable>: Sendable {
    private let value = Locked<Value?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    /// Brings the value.
    func put(_ new: Value) {
        value.withLock { $0 = new }
        isThere.signal()
    }

    /// Waits for the value.
    func take() -> Value {
        isThere.wait()
        guard let taken = value.withLock({ $0 }) else { preconditionFailure("signalled without a value") }
        return taken
    }
}
