import Store
import Testing

@testable import API

@Suite("A ring of keys")
struct KeyRingTests {
    private static let texts = (0..<200).map { "tk_\(String(repeating: "a", count: 36))\(1000 + $0)" }

    private static func key(_ text: String) -> ArraySlice<UInt8> { Array("Bearer \(text)".utf8)[7...] }

    private static func ring() -> KeyRing {
        var holders: [KeyDigest: KeyHolder] = [:]
        for text in texts {
            holders[KeyDigest(of: key(text))] = KeyHolder(key: text, role: "admin", user: nil, scopes: [])
        }
        return KeyRing(holders)
    }

    @Test("knows each of its keys")
    func known() {
        let ring = Self.ring()
        for text in Self.texts {
            #expect(ring[KeyDigest(of: Self.key(text))]?.key == text)
        }
    }

    @Test("does not know a key that is nearly one of them")
    func unknown() {
        let ring = Self.ring()
        let text = Self.texts[7]
        #expect(ring[KeyDigest(of: Self.key(text))] != nil)
        for place in text.utf8.indices {
            var other = Array(text.utf8)
            other[text.utf8.distance(from: text.startIndex, to: place)] ^= 1
            #expect(ring[KeyDigest(of: other[...])]?.key != text)
        }
        for other in ["", String(text.dropLast()), "\(text)0", "a\(text.dropFirst())", String(text.suffix(4))] {
            #expect(ring[KeyDigest(of: Self.key(other))] == nil, "\(other)")
        }
    }

    @Test("tells an administrator's key from a user's who administrates and from others")
    func administrators() {
        #expect(KeyHolder(key: "a", role: "admin", user: nil, scopes: []).isAdministrator)
        #expect(!KeyHolder(key: "a", role: "admin", user: .least, scopes: []).isAdministrator)
        #expect(!KeyHolder(key: "a", role: "service", user: nil, scopes: []).isAdministrator)
        #expect(!KeyHolder(key: "a", role: nil, user: nil, scopes: []).isAdministrator)
    }
}
