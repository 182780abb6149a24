/// Some numbers in order, each once, and where each stands among them.
struct Ranks {
    let inOrder: [Int]
    /// The place of each number from the first on, where they lie near one another; else they are searched.
    private let places: [Int32]

    init(_ numbers: [Int]) {
        guard let low = numbers.min(), let high = numbers.max() else { (inOrder, places) = ([], []); return }
        // A table of more takes longer to clear than the numbers to sort.
        guard high - low < max(1024, numbers.count * 8) else {
            var inOrder: [Int] = []
            for number in numbers.sorted() where inOrder.last != number { inOrder.append(number) }
            (self.inOrder, places) = (inOrder, [])
            return
        }
        var places = [Int32](repeating: -1, count: high - low + 1)
        for number in numbers { places[number - low] = 0 }
        var inOrder: [Int] = []
        for place in places.indices where places[place] == 0 {
            places[place] = Int32(truncatingIfNeeded: inOrder.count)
            inOrder.append(low + place)
        }
        (self.inOrder, self.places) = (inOrder, places)
    }

    /// The place of a number that is one of them.
    func place(of number: Int) -> Int {
        if !places.isEmpty { return Int(places[number - inOrder[0]]) }
        var (low, high) = (0, inOrder.count)
        while low < high {
            let middle = (low + high) / 2
            if inOrder[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
