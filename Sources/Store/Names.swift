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

    private func spot(of name: String) -> Int {
        var spot = Self.mark(name) & (spots.count - 1)
        while spots[spot] > 0, names[Int(spots[spot]) - 1] != name { spot = (spot + 1) & (spots.count - 1) }
        return spot
    }

    /// Its length, and bytes at its start, middle and end.
    private static func mark(_ name: String) -> Int {
        var name = name
        return name.withUTF8 { bytes in
            guard let first = unsafe bytes.first, let last = unsafe bytes.last else { return 0 }
            let middle = unsafe bytes[bytes.count / 2]
            return Int(first) &* 31 &+ Int(last) &* 7 &+ Int(middle) &* 13 &+ bytes.count
        }
    }
}
