/// A key that nobody has yet: what its holder shows, and what is kept of it.
public struct NewKey: Sendable {
    /// 200 bits from the system's generator, in letters and digits that no shell reads as anything else.
    public let secret: String
    /// The SHA-256 of it, in hexadecimal digits.
    public let hash: String

    /// Makes one up.
    public init() {
        let letters = Array("0123456789abcdefghjkmnpqrstvwxyz")
        secret = "tk_" + String((0..<40).map { _ in letters[Int.random(in: 0..<32)] })
        hash = KeyDigest(of: Array(secret.utf8)[...]).hexadecimal
    }
}
