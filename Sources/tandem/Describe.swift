import API
import ArgumentParser
import Foundation
import JSON

/// `tandem openapi`
struct Describe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi", abstract: "Prints the description of every route (OpenAPI 3.1) as JSON.")

    @Flag(help: "Prints the reference of all resources as Markdown.")
    var reference = false

    func run() throws {
        if reference { return print(Reference.markdown, terminator: "") }
        print(String(decoding: JSONWriter.encode(OpenAPI.document), as: UTF8.self))
    }
}
