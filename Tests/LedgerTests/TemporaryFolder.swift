import Foundation
import TestSupport

@testable import Ledger

/// A folder that goes with its owner.
final class TemporaryFolder {
    let path = NSTemporaryDirectory() + "ledger-" + UUID().uuidString

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            // A test that never made it has none.
        }
    }

    func bytes(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(file)")))
    }

    func write(_ bytes: [UInt8], to file: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(file)"))
    }

    /// Reads all that is kept, also while it is open.
    func verify() throws(LedgerFault) -> LoadReport {
        var recovery = Recovery(directory: path)
        var reader = KeepingReader()
        try recovery.load(everySegment: true, into: &reader)
        try recovery.verifyOlderSnapshots()
        return recovery.report
    }

    func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(file)") }

    func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)").sorted()
    }
}
