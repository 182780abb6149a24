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

/// The key that a request bore, or that it needed none.
struct HeldKey: Sendable {
    let holder: KeyHolder?
    let request: String
}

/// The keys that let somebody in, found by their digests: as they were sent they are kept nowhere.
struct KeyRing: Sendable {
    private let holders: [KeyDigest: KeyHolder]

    init(_ holders: [KeyDigest: KeyHolder]) { self.holders = holders }

    /// Whom a key of that digest lets in, or `nil`.
    subscript(digest: KeyDigest) -> KeyHolder? { holders[digest] }

    /// Whom a key lets in, by its id; `nil` where it is gone.
    func holder(ofKey id: String) -> KeyHolder? { holders.values.first { $0.key == id } }
}
