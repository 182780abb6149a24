import API
import Domain
import Store

/// The first key, which may do everything.
enum AdministratorKey {
    /// Makes the key of a store that has none, and gives it back in clear for the only time.
    static func makeFirst(in store: Store) throws(Failure) -> String? {
        guard store.view.count("keys") == 0 else { return nil }
        let key = random()
        let hash = KeyDigest(of: Array(key.utf8)[...]).hexadecimal
        _ = try store.writeAndWait(by: "tandem") { transaction throws(Refusal) in
            Key.keep(hash: hash, name: "administrator", role: "admin", in: &transaction).idText
        }
        return key
    }

    /// 200 bits from the system's generator, in letters and digits that no shell reads as anything else.
    private static func random() -> String {
        let letters = Array("0123456789abcdefghjkmnpqrstvwxyz")
        return "tk_" + String((0..<40).map { _ in letters[Int.random(in: 0..<32)] })
    }
}
