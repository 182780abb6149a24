import Foundation

/// What `program` makes of `bytes`: an encoder or a decoder that is not ours.
func filter(_ bytes: [UInt8] = [], through program: String, _ arguments: [String] = []) async throws -> [UInt8] {
    try await onOwnThread { Result { try run(program, arguments, on: bytes) } }.get()
}

/// What a Python script writes to `out`; the bytes are `given`.
func python(_ script: String, on bytes: [UInt8] = []) async throws -> [UInt8] {
    let prelude = "import gzip, struct, sys, zlib\ngiven, out = sys.stdin.buffer.read(), sys.stdout.buffer\n"
    return try await filter(bytes, through: "/usr/bin/env", ["python3", "-c", prelude + script])
}

private func run(_ program: String, _ arguments: [String], on bytes: [UInt8]) throws -> [UInt8] {
    // From a file: a program that writes before it has read all would wait for us, and we for it.
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try Data(bytes).write(to: file)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: file)
    try FileManager.default.removeItem(at: file)
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw ProgramFailed(status: process.terminationStatus) }
    return Array(data)
}

private struct ProgramFailed: Error {
    let status: Int32
}
