/// Settles shares of an amount in minor units by largest remainder, so that they add up to it.
enum Settlement {
    /// Puts the parts of `amount` into `parts`; of equal remainders the earlier is served first.
    static func fill(_ parts: inout [Int64], of amount: Int64, by shares: [Double]) {
        parts.removeAll(keepingCapacity: true)
        var left = amount
        var areAlike = true
        for share in shares {
            let part = floor(Double(amount) * share)
            parts.append(part)
            left -= part
            areAlike = areAlike && share == shares[0]
        }
        guard left != 0, !shares.isEmpty else { return }
        if areAlike, left > 0, left < shares.count {
            for place in 0..<Int(left) { parts[place] += 1 }
            return
        }
        // Sorting the few touches that most journeys have costs more than looking for the next so often.
        if left == 1 || left > 0 && left < shares.count && shares.count <= 16 {
            serve(left, &parts, shares, amount)
            return
        }
        let order = shares.indices.sorted { first, second in
            let (one, other) = (remainder(shares[first], amount), remainder(shares[second], amount))
            return one == other ? first < second : one > other
        }
        // Doubles of great amounts are not exact: what is left, or was too much, is dealt out in turns.
        let (each, rest) = left.dividedDown(by: Int64(shares.count))
        for (place, index) in order.enumerated() { parts[index] += each + (Int64(place) < rest ? 1 : 0) }
    }

    /// Gives one each to so many of the largest remainders.
    private static func serve(_ count: Int64, _ parts: inout [Int64], _ shares: [Double], _ amount: Int64) {
        var last = (remainder: Double.infinity, place: -1)
        for _ in 0..<count {
            var next = (remainder: -1.0, place: 0)
            for place in shares.indices {
                let remainder = remainder(shares[place], amount)
                let isServed = remainder > last.remainder || remainder == last.remainder && place <= last.place
                if !isServed, remainder > next.remainder { next = (remainder, place) }
            }
            parts[next.place] += 1
            last = next
        }
    }

    private static func remainder(_ share: Double, _ amount: Int64) -> Double {
        let exact = Double(amount) * share
        // Beyond it doubles are whole.
        return abs(exact) < 0x1p53 ? exact - Double(floor(exact)) : 0
    }

    /// The greatest integer that is not above a number, 0 where none is; the library's is called and not compiled in.
    @inline(__always)
    private static func floor(_ exact: Double) -> Int64 {
        guard abs(exact) < 0x1p63 else { return 0 }
        let whole = Int64(exact)
        return Double(whole) > exact ? whole - 1 : whole
    }
}

extension Int64 {
    /// The greatest quotient that is not above the exact one, and a rest that is not below 0.
    fileprivate func dividedDown(by divisor: Int64) -> (quotient: Int64, rest: Int64) {
        let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
    }
}
