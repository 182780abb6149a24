/// Why a certificate and its key cannot be served with.
public struct TLSFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file that is at fault.
    public let file: String
    /// What is wrong with it.
    public let reason: String

    /// The file and what is wrong with it, in one line.
    public var description: String { "\(file): \(reason)" }
}
