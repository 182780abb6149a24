import Testing

@testable import Store

@Suite("Names")
struct NamesTests {
    /// Alike in length and in the bytes that are looked at first, so that they meet in the table.
    private static let alike = (0..<200).map { "a\($0 % 10)\($0 / 10 % 10)b\($0 / 100)\($0 % 7)z" }
    private static let all = Array(Set(alike)).sorted() + ["", "é", "name", "Name", "nam", "names"]

    @Test("are found at their places, and nothing else is", arguments: [0, 1, 5, all.count])
    func found(count: Int) {
        let known = Array(Self.all.suffix(count))
        let names = Names(known)
        for (place, name) in known.enumerated() { #expect(names[name] == place) }
        for name in Self.all.dropLast(count) + ["nobody", "a"] { #expect(names[name] == nil, "\(name)") }
    }
}
