internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import Locks
internal import Store

/// Who may come in, and what they see.
struct Permissions: Sendable {
    private let store: Store
    private let keys: Locked<KeyRing>
    /// Whether everybody may do everything, without a key.
    private let isOpen: Bool

    /// Those whose keys a store keeps.
    init(_ store: Store, isOpen: Bool) {
        self.store = store
        self.isOpen = isOpen
        keys = Locked(Self.keys(in: store.view))
    }

    /// Reads the keys again, when one came or went.
    func reload() {
        let known = Self.keys(in: store.view)
        keys.withLock { $0 = known }
    }

    private static func keys(in view: View) -> KeyRing {
        var holders: [KeyDigest: KeyHolder] = [:]
        view.forEach(Key.schema.name) { key in
            guard let digest = KeyDigest(hexadecimal: key["hash"].text ?? "") else { return }
            holders[digest] = KeyHolder(
                key: key.idText, role: key["role"].text, user: key["user_id"].reference,
                scopes: key["scopes"].elements.compactMap(\.text))
        }
        return KeyRing(holders)
    }

    // MARK: Asking

    /// Who asks.
    ///
    /// - Throws: 401 where the key is missing or unknown.
    func author(of request: borrowing Request) throws(Problem) -> Author {
        author(as: try held(by: request))
    }

    /// The key that a request bears, by which its holder is asked for again while an answer goes on.
    ///
    /// - Throws: 401 where the key is missing or unknown.
    func held(by request: borrowing Request) throws(Problem) -> HeldKey {
        HeldKey(holder: isOpen ? nil : try holder(of: request), request: request.id)
    }

    /// Who held a key when it was looked up.
    private func author(as held: HeldKey) -> Author {
        guard let holder = held.holder else { return Author(actor: "open", request: held.request) }
        guard let id = holder.user else {
            return Author(actor: holder.key, request: held.request, role: holder.role, scopes: holder.scopes)
        }
        // The role that the user has now, whatever it was when the key was made.
        let user = store.view.record(User.schema.name, id)
        return Author(
            actor: User.schema.text(id), request: held.request, role: user?["role"].text ?? "", user: id)
    }

    /// Lets a known key in.
    func demandKey(_ request: borrowing Request) throws(Problem) {
        if !isOpen { _ = try holder(of: request) }
    }

    /// Lets an administrator in.
    func demandAdministrator(_ request: borrowing Request) throws(Problem) {
        let author = try author(of: request)
        guard let role = author.role, role != Role.admin.rawValue else { return }
        throw Problem(.forbidden("a \(role) may not ask this of the server", by: [Role.admin.rawValue]))
    }

    /// What who asks sees of a resource.
    ///
    /// - Throws: 403 where the scopes of a service do not hold it.
    func sight(of request: borrowing Request, reading resource: String) throws(Problem) -> Sight {
        if isOpen { return .all }
        let holder = try holder(of: request)
        if holder.isAdministrator { return .all }
        let sight = Sight(of: try author(of: request), in: store.view)
        guard sight.mayRead(resource) else {
            throw Self.lacking([resource])
        }
        return sight
    }

    /// Lets in who may read every one of some resources, for an answer that tells of them all.
    ///
    /// - Throws: 403 where the scopes of a service do not hold one.
    func demandReading(_ resources: [String], _ request: borrowing Request) throws(Problem) {
        if isOpen { return }
        let sight = Sight(of: try author(of: request), in: store.view)
        let missing = resources.filter { !sight.mayRead($0) }
        guard missing.isEmpty else { throw Self.lacking(missing) }
    }

    /// What a service is told whose scopes do not hold what it asks for; of a user every role reads it.
    private static func lacking(_ resources: [String]) -> Problem {
        Problem(
            .forbidden(
                "the scopes of this key do not hold \(resources.map { "\($0):read" }.joined(separator: ", "))",
                by: Role.allCases.filter { $0 != .service }.map(\.rawValue)))
    }

    /// What who asks sees of a resource, and who that is, in one word.
    ///
    /// - Throws: 403 where the scopes of a service do not hold it.
    func asker(of request: borrowing Request, reading resource: String) throws(Problem) -> (Sight, String) {
        let sight = try sight(of: request, reading: resource)
        return (sight, sight.isAll ? "" : try author(of: request).actor)
    }

    /// What the holder of a key sees by now; `nil` where the key is gone since.
    func sight(of held: HeldKey) -> Sight? {
        if held.holder == nil { return .all }
        return authorNow(of: held).map { Sight(of: $0, in: store.view) }
    }

    /// Who holds a key by now; `nil` where the key is gone since.
    func authorNow(of held: HeldKey) -> Author? {
        guard let old = held.holder else { return author(as: held) }
        return keys.withLock { $0.holder(ofKey: old.key) }.map {
            author(as: HeldKey(holder: $0, request: held.request))
        }
    }

    private func holder(of request: borrowing Request) throws(Problem) -> KeyHolder {
        guard let field = request.fieldBytes(.authorization) else {
            throw Self.refusal("Send your key: Authorization: Bearer tk_…")
        }
        guard Self.isBearer(field) else {
            throw Self.refusal("The Authorization field must be Bearer and a key.")
        }
        // One space or more (RFC 9110 §11.4).
        let key = field.dropFirst(7).drop { $0 == UInt8(ascii: " ") }
        let digest = KeyDigest(of: key)
        guard let holder = keys.withLock({ $0[digest] }) else { throw Self.refusal("No such key.") }
        return holder
    }

    private static func isBearer(_ field: ArraySlice<UInt8>) -> Bool {
        guard field.count > 7 else { return false }
        var place = field.startIndex
        for wanted in "bearer ".utf8 {
            guard field[place] | 0x20 == wanted else { return false }
            place += 1
        }
        return true
    }

    /// What is answered where the key went while an answer went on.
    static var takenAway: Problem { refusal("The key was taken away.") }

    private static func refusal(_ detail: String) -> Problem {
        Problem(.unauthorized, detail: detail, fields: [.wwwAuthenticate: "Bearer"])
    }
}
