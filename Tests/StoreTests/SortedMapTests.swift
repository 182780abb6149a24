import Locks
import TestSupport
import Testing

@testable import Store

@Suite("A sorted map")
struct SortedMapTests {
    @Test(
        "does what a dictionary and a sort do, and its copies stay what they were", arguments: [1, 2, 3, 4] as [UInt64])
    func model(seed: UInt64) {
        var random = SplitMix(seed: seed)
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

    /// A key of the size that indexes have.
    private struct WideKey: BitwiseCopyable, Sendable, Comparable {
        let words: (Int, Int, Int, Int)

        init(_ number: Int) { words = (0, 0, 0, number) }

        static func == (left: WideKey, right: WideKey) -> Bool { left.words.3 == right.words.3 }
        static func < (left: WideKey, right: WideKey) -> Bool { left.words.3 < right.words.3 }
    }

    /// Counts those of its kind that are there.
    private final class Counted: Sendable {
        let number: Int
        let count: Locked<Int>

        init(_ number: Int, _ count: Locked<Int>) {
            (self.number, self.count) = (number, count)
            count.withLock { $0 += 1 }
        }

        deinit { count.withLock { $0 -= 1 } }
    }

    @Test("holds each value once for as long as a copy has it, and lets all go", arguments: Array(1...6) as [UInt64])
    func lifetimes(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let alive = Locked(0)
        do {
            let start = Int.random(in: 0...200, using: &random)
            var map = SortedMap<WideKey, Counted>(
                ascending: (0..<start).map { WideKey($0 * 3) }, (0..<start).map { Counted($0 * 3, alive) })
            var model = Dictionary(uniqueKeysWithValues: (0..<start).map { ($0 * 3, $0 * 3) })
            var copies: [(SortedMap<WideKey, Counted>, [Int: Int])] = []
            for step in 0..<3000 {
                let key = Int.random(in: 0..<700, using: &random)
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<4:
                    map.insert(WideKey(key), Counted(step, alive))
                    model[key] = step
                case 4..<6:
                    #expect(map.modify(WideKey(key)) { $0 = Counted(-step, alive) } == (model[key] != nil))
                    if model[key] != nil { model[key] = -step }
                default: #expect(map.remove(WideKey(key))?.number == model.removeValue(forKey: key))
                }
                if step % 500 == 0 { copies.append((map, model)) }
            }
            for (map, model) in copies + [(map, model)] {
                var found: [Int: Int] = [:]
                map.ascend { key, value in
                    found[key.words.3] = value.number
                    return true
                }
                #expect(found == model)
            }
            copies = []
            #expect(alive.withLock { $0 } == map.count)
        }
        #expect(alive.withLock { $0 } == 0)
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
