internal import Domain
internal import Store

/// Whom a key lets in.
final class KeyHolder: Sendable {
    let key: String
    let role: String?
    let user: Identifier?
    let scopes: [String]
    /// Whether it is an administrator's, and no user's whose rights may change.
    let isAdministrator: Bool

    init(key: String, role: String?, user: Identifier?, scopes: [String]) {
        self.key = key
        self.role = role
        self.user = user
        self.scopes = scopes
        isAdministrator = user == nil && role == Role.admin.rawValue
    }
}

/// The keys that let somebody in, found by their digests.
///
/// A digest is a seventh of a small read's instructions, more where the processor has none for it, so keys that came
/// lately are known again by themselves. Who takes a key away makes a new ring, and what the old one remembered is gone.
struct KeyRing: Sendable {
    private let holders: [KeyDigest: KeyHolder]
    private var recent = [Recent](repeating: Recent(), count: Self.recentMax)

    /// A key that was let in, and whom.
    private struct Recent: Sendable {
        var key: [UInt8] = []
        var holder: KeyHolder?

        /// Whom a key lets in, if it is this; how long it takes says nothing of where it differs.
        func holder(of other: Span<UInt8>) -> KeyHolder? {
            guard other.count == key.count else { return nil }
            let own = key.span.extracting(first: other.count)
            var difference: UInt8 = 0
            for place in other.indices { difference |= own[place] ^ other[place] }
            return difference == 0 ? holder : nil
        }
    }

    /// A power of two; of two keys with the same place the later is remembered.
    private static let recentMax = 64
    /// Longer ones than any that are given out are not worth the memory.
    private static let keyBytesMax = 64

    init(_ holders: [KeyDigest: KeyHolder]) { self.holders = holders }

    /// Whom a key lets in, or `nil`.
    mutating func holder(of key: ArraySlice<UInt8>) -> KeyHolder? {
        let place = Self.place(of: key)
        if let holder = recent[place].holder(of: key.span) { return holder }
        guard let holder = holders[KeyDigest(of: key)] else { return nil }
        if key.count <= Self.keyBytesMax { recent[place] = Recent(key: Array(key), holder: holder) }
        return holder
    }

    /// Each holder of a key.
    var all: some Sequence<KeyHolder> { holders.values }

    /// Where a key is remembered, by its end: all begin alike.
    private static func place(of key: ArraySlice<UInt8>) -> Int {
        var place = 0
        for byte in key.suffix(4) { place = place &* 31 &+ Int(byte) }
        return place & (recentMax - 1)
    }
}
