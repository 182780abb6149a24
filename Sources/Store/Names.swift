/// The places of some names, found by a few of their bytes: a fraction of what hashing every one of them costs.
struct Names: Sendable {
    private let names: [String]
    /// One more than the place of a name, and 0 where none is, at the first free spot from its mark on.
    private var spots: [UInt16]

    /// Names that are all different.
    init(_ names: [String]) {
        self.names = names
        var size = 16
        while size < names.count * 4 { size *= 2 }
        spots = [UInt16](repeating: 0, count: size)
        for (place, name) in names.enumerated() { spots[spot(of: name)] = UInt16(place + 1) }
    }

    /// The place of a name, or `nil`.
    subscript(_ name: String) -> Int? {
        let found = spots[spot(of: name)]
        return found > 0 ? Int(found) - 1 : nil
    }

    /// The place of the name with some bytes, or `nil`.
    subscript(_ name: ArraySlice<UInt8>) -> Int? {
        let bytes = name.span
        var spot = Self.mark(bytes) & (spots.count - 1)
        while spots[spot] > 0 {
            let place = Int(spots[spot]) - 1
            if Self.isSame(names[place].utf8Span.span, bytes) { return place }
            spot = (spot + 1) & (spots.count - 1)
        }
        return nil
    }

    private static func isSame(_ name: Span<UInt8>, _ bytes: Span<UInt8>) -> Bool {
        guard name.count == bytes.count else { return false }
        for place in name.indices where name[place] != bytes[place] { return false }
        return true
    }

    private func spot(of name: String) -> Int {
        var spot = Self.mark(name.utf8Span.span) & (spots.count - 1)
        while spots[spot] > 0, names[Int(spots[spot]) - 1] != name { spot = (spot + 1) & (spots.count - 1) }
        return spot
    }

    /// Its length, and bytes at its start, middle and end.
    private static func mark(_ name: Span<UInt8>) -> Int {
        if name.isEmpty { return 0 }
        let (first, middle, last) = (name[0], name[name.count / 2], name[name.count - 1])
        return Int(first) &* 31 &+ Int(last) &* 7 &+ Int(middle) &* 13 &+ name.count
    }
}
