import Foundation

/// A folder that a command is given as a ledger's.
enum LedgerFolder {
    /// Refuses a folder in which there is no ledger: a command that only reads would make an empty one there.
    static func demand(_ folder: String) throws(Failure) {
        let holdsOne = ["journal", "snapshots"].contains { name in
            FileManager.default.fileExists(atPath: "\(folder)/\(name)")
        }
        guard holdsOne else { throw Failure("there is no ledger in \(folder)") }
    }

    /// Whether `inner` is `folder` or stands in it.
    static func holds(_ folder: String, _ inner: String) -> Bool {
        "\(path(inner))/".hasPrefix("\(path(folder))/")
    }

    /// The path without links; of a folder that is not there yet, by the one that it is to be in.
    private static func path(_ folder: String) -> String {
        let place = URL(fileURLWithPath: folder).standardizedFileURL
        guard !FileManager.default.fileExists(atPath: place.path) else { return place.resolvingSymlinksInPath().path }
        return place.deletingLastPathComponent().resolvingSymlinksInPath().appending(path: place.lastPathComponent).path
    }
}
