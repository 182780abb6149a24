/// Dense linear algebra for small systems; a matrix is a list of rows.
enum Linear {
    /// Solves `matrix` · x = `right` by Gaussian elimination with partial pivoting.
    ///
    /// Rows are first brought to one scale, so that the choice of pivots does not depend on the units of the equations
    /// (Golub & Van Loan, *Matrix Computations*, 4th ed. 2013, sections 3.4 and 3.5.2).
    ///
    /// - Parameters:
    ///   - matrix: n rows of n numbers.
    ///   - right: n numbers.
    /// - Returns: n numbers; nil where the shapes do not agree, a number is not finite, or the matrix is singular to
    ///   the precision of the machine. An empty system has the empty solution.
    static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double]? {
        guard isSquare(matrix, right.count), right.allSatisfy(\.isFinite) else { return nil }
        let count = right.count
        guard var rows = scaled(matrix, right) else { return nil }
        let limits = (0..<count).map { column in
            Double(count) * .ulpOfOne * rows.reduce(0) { max($0, abs($1[column])) }
        }
        for column in 0..<count {
            var pivot = column
            for row in column..<count where abs(rows[row][column]) > abs(rows[pivot][column]) { pivot = row }
            guard abs(rows[pivot][column]) > limits[column] else { return nil }
            rows.swapAt(pivot, column)
            let head = rows[column]
            for row in (column + 1)..<max(count, column + 1) where rows[row][column] != 0 {
                let factor = rows[row][column] / head[column]
                for place in column...count { rows[row][place] -= factor * head[place] }
            }
        }
        return substituted(rows)
    }

    /// The lower triangle L of `matrix` = L · Lᵀ (Golub & Van Loan, section 4.2).
    ///
    /// - Parameter matrix: a symmetric matrix, of which the lower triangle is read.
    /// - Returns: n rows of n numbers, zero above the diagonal; nil where the matrix is not square, not finite, or not
    ///   positive definite to the precision of the machine.
    static func cholesky(_ matrix: [[Double]]) -> [[Double]]? {
        let count = matrix.count
        guard isSquare(matrix, count) else { return nil }
        var lower = Array(repeating: Array(repeating: 0.0, count: count), count: count)
        for row in 0..<count {
            for column in 0...row {
                var rest = matrix[row][column]
                for place in 0..<column { rest -= lower[row][place] * lower[column][place] }
                if column < row {
                    lower[row][column] = rest / lower[column][column]
                } else {
                    guard rest > 8 * Double(count) * .ulpOfOne * matrix[row][row] else { return nil }
                    lower[row][row] = rest.squareRoot()
                }
            }
        }
        return lower
    }

    /// Solves L · Lᵀ · x = `right`.
    ///
    /// - Parameters:
    ///   - lower: what ``cholesky(_:)`` gave: n rows of n numbers.
    ///   - right: n numbers.
    /// - Returns: n numbers.
    static func solve(cholesky lower: [[Double]], _ right: [Double]) -> [Double] {
        precondition(lower.count == right.count, "the right side has as many numbers as the triangle has rows")
        var result = right
        for row in result.indices {
            for place in 0..<row { result[row] -= lower[row][place] * result[place] }
            result[row] /= lower[row][row]
        }
        for row in result.indices.reversed() {
            for place in (row + 1)..<max(result.count, row + 1) { result[row] -= lower[place][row] * result[place] }
            result[row] /= lower[row][row]
        }
        return result
    }

    private static func isSquare(_ matrix: [[Double]], _ count: Int) -> Bool {
        matrix.count == count && matrix.allSatisfy { $0.count == count && $0.allSatisfy(\.isFinite) }
    }

    /// The rows with the right side appended, each divided by its greatest coefficient; nil where a row is all zeros.
    private static func scaled(_ matrix: [[Double]], _ right: [Double]) -> [[Double]]? {
        var rows: [[Double]] = []
        for (row, value) in zip(matrix, right) {
            let greatest = row.reduce(0) { max($0, abs($1)) }
            guard greatest > 0 else { return nil }
            rows.append((row + [value]).map { $0 / greatest })
        }
        return rows
    }

    /// The solution of an upper triangle whose rows end with the right side.
    private static func substituted(_ rows: [[Double]]) -> [Double]? {
        let count = rows.count
        var result = Array(repeating: 0.0, count: count)
        for row in (0..<count).reversed() {
            var rest = rows[row][count]
            for place in (row + 1)..<max(count, row + 1) { rest -= rows[row][place] * result[place] }
            result[row] = rest / rows[row][row]
        }
        return result.allSatisfy(\.isFinite) ? result : nil
    }
}
