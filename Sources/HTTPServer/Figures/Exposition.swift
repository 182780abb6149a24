/// Figures in Prometheus' text format, version 0.0.4.
public struct Exposition {
    /// What kind of figure a family holds.
    public enum Kind: String {
        /// It only grows.
        case counter
        /// It goes up and down.
        case gauge
        /// Counts by step.
        case histogram
    }

    private var text = ""
    private var name = ""

    /// The media type of the format.
    public static let contentType: StaticString = "text/plain; version=0.0.4; charset=utf-8"

    var bytes: [UInt8] { Array(text.utf8) }

    /// Begins a family: figures of one name that differ in their labels.
    public mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Adds a figure to the family that was begun last.
    public mutating func sample(_ labels: [(name: String, value: String)], _ value: Int64) {
        line(name, labels, String(value))
    }

    mutating func histogram(_ labels: [(name: String, value: String)], _ histogram: Histogram) {
        var total = 0
        for step in 0..<15 {
            total += histogram.counts[step]
            let bound = step < 14 ? Self.seconds(Histogram.bounds[step] * 1_000) : "+Inf"
            line("\(name)_bucket", labels + [("le", bound)], String(total))
        }
        line("\(name)_sum", labels, Self.seconds(histogram.nanoseconds))
        line("\(name)_count", labels, String(total))
    }

    private mutating func line(_ name: String, _ labels: [(name: String, value: String)], _ value: String) {
        let inner = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        text += inner.isEmpty ? "\(name) \(value)\n" : "\(name){\(inner)} \(value)\n"
    }

    private static func seconds(_ nanoseconds: Int64) -> String {
        let (whole, part) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        if part == 0 { return String(whole) }
        var digits = String(part)
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
