import Testing

@testable import Store

/// Numbers that look random and are the same each time.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("A sorted map")
struct SortedMapTests {
    @Test(
        "does what a dictionary and a sort do, and its copies stay what they were", arguments: [1, 2, 3, 4] as [UInt64])
    func model(seed: UInt64) {
        var random = SplitMix(state: seed)
        var map = SortedMap<Int, Int>()
        var model: [Int: Int] = [:]
        var copies: [(map: SortedMap<Int, Int>, model: [Int: Int])] = []
        for step in 0..<6000 {
            let key = Int.random(in: 0..<1500, using: &random)
            // Later steps take away more than they add, so that nodes empty.
            if Int.random(in: 0..<10, using: &random) < (step < 3000 ? 7 : 3) {
                #expect(map.insert(key, step) == model.updateValue(step, forKey: key))
            } else {
                #expect(map.remove(key) == model.removeValue(forKey: key))
            }
            if step % 997 == 0 { copies.append((map, model)) }
        }
        for (map, model) in copies + [(map, model)] { Self.compare(map, model, &random) }
    }

    @Test("takes keys in order, and gives each back")
    func ascending() {
        var map = SortedMap<Int, Int>()
        for key in 0..<5000 { map.insert(key, key) }
        #expect(map.count == 5000)
        #expect((0..<5000).allSatisfy { map[$0] == $0 })
        for key in 0..<5000 { map.remove(key) }
        #expect(map.count == 0)
        map.ascend { _, _ in
            Issue.record("an empty map visits nothing")
            return true
        }
    }

    private static func compare(_ map: SortedMap<Int, Int>, _ model: [Int: Int], _ random: inout SplitMix) {
        let keys = model.keys.sorted()
        #expect(map.count == keys.count)
        for _ in 0..<20 {
            let bound = Int.random(in: -5..<1510, using: &random)
            let limit = Int.random(in: 1..<200, using: &random)
            #expect(map[bound] == model[bound])
            var up: [Int] = []
            map.ascend(from: bound) { key, _ in
                up.append(key)
                return up.count < limit
            }
            #expect(up == Array(keys.filter { $0 >= bound }.prefix(limit)))
            var down: [Int] = []
            map.descend(below: bound) { key, _ in
                down.append(key)
                return down.count < limit
            }
            #expect(down == Array(keys.filter { $0 < bound }.reversed().prefix(limit)))
        }
        var all: [Int] = []
        map.descend { key, value in
            all.append(key)
            return model[key] == value
        }
        #expect(all == keys.reversed())
    }
}
