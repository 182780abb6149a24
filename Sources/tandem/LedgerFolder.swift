import Foundation

/// A folder that a command is given as a ledger's.
enum LedgerFolder {
    /// Refuses a folder in which there is no ledger: a command that only reads would make an empty one there.
    static func demand(_ folder: String) throws(Failure) {
        let holdsOne = ["journal", "snapshots", "closed"].contains { name in
            FileManager.default.fileExists(atPath: "\(folder)/\(name)")
        }
        guard holdsOne else { throw Failure("there is no ledger in \(folder)") }
    }

    /// Whether `inner` is `folder` or stands in it.
    static func holds(_ folder: String, _ inner: String) -> Bool {
        "\(path(inner))/".hasPrefix("\(path(folder))/")
    }

    private static func path(_ folder: String) -> String {
        URL(fileURLWithPath: folder).standardizedFileURL.resolvingSymlinksInPath().path
    }
}
