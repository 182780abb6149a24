import ArgumentParser
import HTTPServer

/// `tandem health`
struct Health: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Asks a running server whether it takes writes.")

    @Option(help: "The running server.")
    var url = "http://127.0.0.1:8080"

    func run() throws {
        let target = try ServerTarget(url: url, key: nil)
        let answer = try target.get("/health")
        print(String(decoding: answer.body, as: UTF8.self), terminator: "")
        guard answer.status == 200 else { throw ExitCode.failure }
    }
}
