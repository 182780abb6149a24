import ArgumentParser

/// The command line.
@main
struct Tandem: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tandem",
        abstract: "One ledger of what sales and marketing do, and every figure computed live from it.",
        version: "0.2.0",
        subcommands: [
            Serve.self, MakeDemo.self, Import.self, TakeSnapshot.self, Check.self, Health.self, Describe.self,
        ])
}

/// A failure in one clear line; the exit status is 1.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
