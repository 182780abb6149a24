import Testing

@testable import Metrics

@Suite("Linear systems")
struct LinearTests {
    static let systems: [(matrix: [[Double]], right: [Double], solution: [Double]?)] = [
        ([[2]], [6], [3]), ([[1, 1], [1, -1]], [5, 1], [3, 2]),
        // Needs an exchange of rows.
        ([[0, 1], [1, 0]], [2, 3], [3, 2]), ([[0, 2, 1], [1, 1, 0], [2, 0, 1]], [7, 3, 5], [1, 2, 3]),
        ([[2, 1, -1], [-3, -1, 2], [-2, 1, 2]], [8, -11, -3], [2, 3, -1]),
        // Loses its digits without pivoting, or with pivots chosen by unscaled rows.
        ([[1e-20, 1], [1, 1]], [1, 2], [1, 1]), ([[10, 1e21], [1, 1]], [1e21, 2], [1, 1]),
        // Rows and columns of other units.
        ([[1e-30, 2e-30], [3e30, 4e30]], [5e-30, 11e30], [1, 2]), ([[1, 1e-30], [1, 3e-30]], [3, 5], [2, 1e30]),
        ([], [], []), ([[1, 2], [2, 4]], [1, 2], nil), ([[0]], [0], nil), ([[1, 0], [0, 0]], [1, 1], nil),
        ([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]], [1, 2, 3], nil), ([[1, 2]], [1], nil),
        ([[1]], [1, 2], nil), ([[.nan]], [1], nil), ([[1]], [.infinity], nil),
    ]

    @Test("are solved, or are not", arguments: systems)
    func solve(_ row: (matrix: [[Double]], right: [Double], solution: [Double]?)) {
        let found = Linear.solve(row.matrix, row.right)
        #expect(found?.count == row.solution?.count)
        for (value, expected) in zip(found ?? [], row.solution ?? []) { #expect(isClose(value, expected, 1e-12)) }
    }

    @Test("of Hilbert are solved to what their condition allows", arguments: [(3, 1e-12), (6, 1e-8), (8, 1e-5)])
    func hilbert(_ count: Int, _ tolerance: Double) throws {
        let matrix = (0..<count).map { row in (0..<count).map { 1 / Double(row + $0 + 1) } }
        let right = matrix.map { $0.reduce(0, +) }
        let found = try #require(Linear.solve(matrix, right))
        #expect(found.allSatisfy { isClose($0, 1, tolerance) })
        let lower = try #require(Linear.cholesky(matrix))
        #expect(Linear.solve(cholesky: lower, right).allSatisfy { isClose($0, 1, tolerance) })
    }

    @Test("give the stationary shares of a Markov chain")
    func stationary() throws {
        let chain = [[0.9, 0.075, 0.025], [0.15, 0.8, 0.05], [0.25, 0.25, 0.5]]
        var matrix = (0..<3).map { row in (0..<3).map { chain[$0][row] - (row == $0 ? 1 : 0) } }
        matrix[2] = [1, 1, 1]
        let found = try #require(Linear.solve(matrix, [0, 0, 1]))
        #expect(zip(found, [0.625, 0.3125, 0.0625]).allSatisfy { isClose($0, $1, 1e-12) })
    }

    @Test("that are positive definite have a triangle")
    func cholesky() throws {
        let lower = try #require(Linear.cholesky([[4, 12, -16], [12, 37, -43], [-16, -43, 98]]))
        #expect(lower == [[2, 0, 0], [6, 1, 0], [-8, 5, 3]])
        #expect(Linear.cholesky([[1, 2], [2, 1]]) == nil)
        #expect(Linear.cholesky([[1, 1], [1, 1]]) == nil)
        #expect(Linear.cholesky([[0]]) == nil)
        #expect(Linear.cholesky([[1, 2]]) == nil)
        #expect(Linear.cholesky([[.infinity]]) == nil)
    }
}
