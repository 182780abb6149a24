import Testing

@testable import HTTPServer

/// What a client does with raw sockets, in Python, and what it then must have printed.
struct Scenario: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let script: String
    let printed: String
    let limits: Limits

    init(
        _ why: String, _ script: String, prints printed: String,
        limits set: (inout Limits) -> Void = { _ in }
    ) {
        testDescription = why
        self.script = script
        self.printed = printed
        var limits = Limits()
        set(&limits)
        self.limits = limits
    }

    /// Runs the client against a server of its own.
    func run() async throws {
        try await RunningServer.with(limits) { running in
            let printed = try await Client.python(running, script)
            #expect(printed == self.printed + "\n")
        }
    }
}
