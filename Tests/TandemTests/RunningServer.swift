import Dispatch
import Foundation
import Testing

/// The built binary as a process of its own, with a folder of its own, stopped and swept up by its owner.
final class RunningServer {
    let folder: TemporaryFolder
    let process: Process
    /// `http://127.0.0.1:PORT`
    let address: String
    /// The administrator's key, where this was the first start.
    let key: String?

    /// The folder of the package.
    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The binary that was built with these tests.
    static let binary = ProcessInfo.processInfo.environment["TANDEM_BINARY"] ?? "\(package)/.build/debug/tandem"

    /// Starts a server on a free port and waits for its line.
    init(
        _ arguments: [String] = [], in folder: TemporaryFolder = TemporaryFolder(), through program: String? = nil
    ) throws {
        self.folder = folder
        process = Process()
        process.executableURL = URL(fileURLWithPath: program == nil ? Self.binary : "/bin/bash")
        process.arguments =
            (program.map { [$0] } ?? []) + ["serve", "--listen", "127.0.0.1:0", "--data", "\(folder.path)/data"]
            + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle(forWritingAtPath: "/dev/null")
        try process.run()
        var key: String?
        var lines = LineReader(output.fileHandleForReading)
        while let line = lines.next() {
            if line.hasPrefix("administrator key: ") { key = String(line.dropFirst(19)) }
            guard line.hasPrefix("tandem listening on ") else { continue }
            self.key = key
            address = String(line.dropFirst(20))
            return
        }
        throw StartFault()
    }

    struct StartFault: Error {}

    deinit { if process.isRunning { kill() } }

    /// Asks it to stop and gives its exit status.
    func stop() -> Int32 {
        process.terminate()
        let id = process.processIdentifier
        // A server that does not stop fails its test, and does not hold up the others.
        let patience = DispatchWorkItem { Foundation.kill(id, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: patience)
        process.waitUntilExit()
        patience.cancel()
        return process.terminationStatus
    }

    /// Ends it as a crash would.
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Sends a request with curl, as a user would.
    func curl(
        _ path: String, _ arguments: [String] = [], json: String? = nil, as other: String? = nil
    ) throws -> Answer {
        var all = ["-s", "-i", "--max-time", "30"]
        if let key = other ?? key { all += ["-H", "Authorization: Bearer \(key)"] }
        if let json { all += ["-H", "Content-Type: application/json", "-d", json] }
        let result = try run("/usr/bin/curl", all + arguments + ["\(address)\(path)"])
        return Answer(result.output)
    }
}

/// What curl got: the status, the head and the body.
struct Answer {
    let status: Int
    let head: String
    let body: String

    init(_ text: String) {
        // A 100 Continue stands before the answer.
        var text = text
        if text.hasPrefix("HTTP/1.1 100"), let end = text.range(of: "\r\n\r\n") {
            text = String(text[end.upperBound...])
        }
        let parts = text.range(of: "\r\n\r\n")
        head = parts.map { String(text[..<$0.lowerBound]) } ?? text
        body = parts.map { String(text[$0.upperBound...]) } ?? ""
        status = Int(head.dropFirst(9).prefix(3)) ?? 0
    }

    /// The value of a header field.
    func field(_ name: String) -> String? {
        head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name.lowercased()):") }
            .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }
}

/// A folder that goes with its owner.
final class TemporaryFolder {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "tandem-" + UUID().uuidString
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            preconditionFailure("no temporary folder: \(error)")
        }
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            // It is only in the way of nobody.
        }
    }
}

/// Reads lines as they come.
struct LineReader {
    private let handle: FileHandle
    private var buffer = Data()

    init(_ handle: FileHandle) { self.handle = handle }

    mutating func next() -> String? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: buffer[buffer.startIndex..<end], as: UTF8.self)
                buffer.removeSubrange(buffer.startIndex...end)
                return line
            }
            let more = handle.availableData
            if more.isEmpty { return nil }
            buffer.append(more)
        }
    }
}

/// Runs a program to its end.
func run(
    _ path: String, _ arguments: [String], environment: [String: String] = [:]
) throws -> (status: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let folder = TemporaryFolder()
    // Files, since two pipes read one after the other can block their writer.
    let (output, errors) = ("\(folder.path)/output", "\(folder.path)/errors")
    for file in [output, errors] { #expect(FileManager.default.createFile(atPath: file, contents: nil)) }
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    process.standardInput = FileHandle(forReadingAtPath: "/dev/null")
    try process.run()
    process.waitUntilExit()
    return (
        process.terminationStatus, try String(contentsOfFile: output, encoding: .utf8),
        try String(contentsOfFile: errors, encoding: .utf8)
    )
}
