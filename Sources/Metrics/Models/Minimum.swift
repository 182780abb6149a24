/// Finds where a smooth function of a few variables is smallest, without its derivatives.
///
/// Nothing is random: the same function and starts give the same point.
enum Minimum {
    /// A point and the value there.
    typealias Corner = (point: [Double], value: Double)

    /// How far a coordinate may lie from 0. The models give logarithms of parameters; past this a parameter has left
    /// for zero or infinity.
    static let reach = 14.0

    /// The standard deviation of a coordinate, estimated from the curvature, past which the data do not determine it.
    static let widest = 10.0

    /// The minimum of a negative log-likelihood.
    ///
    /// A simplex descends from each start, the best of them is followed further, and Newton's method settles the digits.
    ///
    /// - Parameters:
    ///   - starts: points of one dimension to begin from.
    ///   - function: the negative log-likelihood, not divided by the size of the sample.
    /// - Returns: the point; nil where the descent does not settle in the inside of the space, or the curvature there
    ///   shows that the data do not determine a coordinate.
    static func find(from starts: [[Double]], of function: ([Double]) -> Double) -> [Double]? {
        func bounded(_ point: [Double]) -> Double {
            guard point.allSatisfy({ abs($0) <= reach }) else { return .infinity }
            let value = function(point)
            return value.isFinite ? value : .infinity
        }
        let found = starts.map { descend(from: $0, size: 0.7, tolerance: 1e-4, bounded) }
        guard let best = found.min(by: { $0.value < $1.value }), best.value.isFinite else { return nil }
        let near = descend(from: best.point, size: 0.1, tolerance: 1e-8, bounded)
        return settled(near.point, bounded)
    }

    /// The downhill simplex of Nelder & Mead, "A simplex method for function minimization" (The Computer Journal 7,
    /// 1965), with their coefficients 1, 2, 1/2 and 1/2.
    ///
    /// - Parameters:
    ///   - size: the length of the first simplex along each coordinate.
    ///   - tolerance: ends the descent when the corners' values are no further apart.
    static func descend(
        from start: [Double], size: Double, tolerance: Double, _ function: ([Double]) -> Double
    ) -> Corner {
        var corners: [Corner] = [(start, function(start))]
        for place in start.indices {
            var point = start
            point[place] += size
            corners.append((point, function(point)))
        }
        for _ in 0..<(400 * start.count) {
            corners.sort { $0.value < $1.value }
            if corners[start.count].value - corners[0].value <= tolerance { break }
            step(&corners, function)
        }
        return corners.min { $0.value < $1.value } ?? corners[0]
    }

    /// One step of the simplex, whose corners are in order of value.
    private static func step(_ corners: inout [Corner], _ function: ([Double]) -> Double) {
        let last = corners.count - 1
        let worst = corners[last]
        let centre = worst.point.indices.map { place in
            corners[..<last].reduce(0) { $0 + $1.point[place] } / Double(last)
        }
        func along(_ length: Double) -> Corner {
            let point = zip(centre, worst.point).map { $0 + length * ($0 - $1) }
            return (point, function(point))
        }
        let reflected = along(1)
        if reflected.value < corners[0].value {
            let expanded = along(2)
            corners[last] = expanded.value < reflected.value ? expanded : reflected
        } else if reflected.value < corners[last - 1].value {
            corners[last] = reflected
        } else {
            let contracted = along(reflected.value < worst.value ? 0.5 : -0.5)
            if contracted.value < min(reflected.value, worst.value) {
                corners[last] = contracted
            } else {
                shrink(&corners, function)
            }
        }
    }

    /// Brings all corners half the way to the best.
    private static func shrink(_ corners: inout [Corner], _ function: ([Double]) -> Double) {
        let best = corners[0].point
        for place in corners.indices.dropFirst() {
            let point = zip(best, corners[place].point).map { ($0 + $1) / 2 }
            corners[place] = (point, function(point))
        }
    }

    /// Newton's method with derivatives by central differences, until a step moves no coordinate by a millionth.
    private static func settled(_ start: [Double], _ function: ([Double]) -> Double) -> [Double]? {
        var point = start
        for _ in 0..<20 {
            let slope = gradient(point, function)
            guard let lower = Linear.cholesky(curvature(point, function)) else { return nil }
            let step = Linear.solve(cholesky: lower, slope)
            let longest = step.reduce(0) { max($0, abs($1)) }
            guard longest.isFinite else { return nil }
            let share = min(1, 1 / max(longest, 1e-300))
            for place in point.indices { point[place] -= share * step[place] }
            if longest < 1e-6 { return isDetermined(lower) ? point : nil }
        }
        return nil
    }

    /// Whether the inverse of the curvature, the covariance of the estimate, is within bounds on its diagonal.
    private static func isDetermined(_ lower: [[Double]]) -> Bool {
        lower.indices.allSatisfy { place in
            var unit = Array(repeating: 0.0, count: lower.count)
            unit[place] = 1
            return Linear.solve(cholesky: lower, unit)[place] <= widest * widest
        }
    }

    private static func gradient(_ point: [Double], _ function: ([Double]) -> Double) -> [Double] {
        let length = 1e-4
        return point.indices.map { place in
            let ahead = function(moved(point, (place, length)))
            return (ahead - function(moved(point, (place, -length)))) / (2 * length)
        }
    }

    private static func curvature(_ point: [Double], _ function: ([Double]) -> Double) -> [[Double]] {
        let length = 1e-3
        let here = function(point)
        var result = Array(repeating: Array(repeating: 0.0, count: point.count), count: point.count)
        for row in point.indices {
            let ahead = function(moved(point, (row, length)))
            result[row][row] = (ahead - 2 * here + function(moved(point, (row, -length)))) / (length * length)
            for column in 0..<row {
                let along = [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)].reduce(0) { sum, signs in
                    let there = moved(point, (row, signs.0 * length), (column, signs.1 * length))
                    return sum + signs.0 * signs.1 * function(there)
                }
                result[row][column] = along / (4 * length * length)
                result[column][row] = result[row][column]
            }
        }
        return result
    }

    private static func moved(_ point: [Double], _ steps: (place: Int, length: Double)...) -> [Double] {
        var point = point
        for step in steps { point[step.place] += step.length }
        return point
    }
}
