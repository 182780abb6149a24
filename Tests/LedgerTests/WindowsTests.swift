import Foundation
import TestSupport
import Testing

@testable import Ledger

/// A file is read some megabytes at a time, on all cores, and comes out whole and in order.
@Suite("Windows of a file")
struct WindowsTests {
    private let folder = TemporaryFolder()

    init() throws {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    }

    /// Lines of which some are longer than a window.
    private static func lines(seed: UInt64) -> [UInt8] {
        var random = SplitMix(seed: seed)
        let lengths = (0..<100).map { _ in Int.random(in: 0...30_000, using: &random) } + [6 << 20, 10, 0]
        var bytes: [UInt8] = []
        for (number, length) in lengths.shuffled(using: &random).enumerated() {
            bytes += Array("\(number)".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: length)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    @Test("are all of it, in order, each cut behind a line", arguments: [1, 2] as [UInt64])
    func order(seed: UInt64) throws {
        let bytes = Self.lines(seed: seed)
        try folder.write(bytes, to: "file")
        var read: [UInt8] = []
        try Windows("\(folder.path)/file", cut: Windows.atLineEnd).forEach { window in
            window.bytes.count
        } _: { window, count throws(LedgerFault) in
            #expect(window.place == read.count)
            #expect(window.bytes.count == count)
            #expect(window.bytes.last == UInt8(ascii: "\n"))
            read += window.bytes
            return true
        }
        #expect(read == bytes)
    }

    @Test("of one that became shorter since it was opened are a fault, after those that are there")
    func shorter() throws {
        let bytes = [UInt8](repeating: UInt8(ascii: "\n"), count: 9 << 20)
        try folder.write(bytes, to: "file")
        let windows = try Windows("\(folder.path)/file", cut: Windows.atLineEnd)
        unsafe #expect(truncate("\(folder.path)/file", 5 << 20) == 0)
        var read: [UInt8] = []
        let fault = #expect(throws: LedgerFault.self) {
            try windows.forEach { _ in
            } _: { window, _ throws(LedgerFault) in
                read += window.bytes
                return true
            }
        }
        #expect(fault?.description.contains("became shorter") ?? false)
        #expect(!read.isEmpty)
        #expect(read == Array(bytes.prefix(read.count)))
    }
}
