import Foundation
import Testing

@Suite("A tour")
struct TourTests {
    @Test("prints what it says, line by line", .timeLimit(.minutes(10)), arguments: ["README.md", "docs/TOUR.md"])
    func tour(_ file: String) throws {
        let server = try RunningServer(["--demo"])
        let key = try #require(server.key)
        let text = try String(contentsOfFile: "\(RunningServer.package)/\(file)", encoding: .utf8)
        let block = try #require(
            text.components(separatedBy: "```sh\n").dropFirst().first?.components(separatedBy: "```").first)
        let lines = block.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        let expected = lines.filter { $0.hasPrefix("# → ") }.map { String($0.dropFirst(4)) }
        // The first line says where scripts/run keeps its key; here the server and the key are this test's own.
        let script = (["set -euo pipefail", "API=\(server.address) KEY=\(key)"] + lines.dropFirst()).joined(
            separator: "\n")
        let result = try run("/bin/bash", ["-c", script])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.split(separator: "\n").map(String.init) == expected)
        #expect(expected.count >= 10, "the tour was not found in \(file)")
        #expect(server.stop() == 0)
    }
}
