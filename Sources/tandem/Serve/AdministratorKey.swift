import API
import Domain
import JSON
import Store

/// The first key, which may do everything.
enum AdministratorKey {
    /// Makes the key of a store that has none, and gives it back in clear for the only time.
    static func makeFirst(in store: Store) throws(Failure) -> String? {
        guard store.view.count("keys") == 0 else { return nil }
        let key = NewKey()
        _ = try store.writeAndWait(by: "tandem") { transaction throws(Refusal) in
            try Key.make(["name": "administrator", "role": "admin"], hash: key.hash, in: &transaction).idText
        }
        return key.secret
    }
}
