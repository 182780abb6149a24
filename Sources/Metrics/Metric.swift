internal import Domain
public import JSON
internal import Store

/// One figure that a department steers by, defined once (METRICS of the product's documents).
public struct Metric: Sendable {
    /// How the rows of a figure become its value.
    enum Kind: Sendable {
        /// How many rows.
        case count
        /// The sum of their money.
        case sum
        /// The sum of their money by the number of rows.
        case average
        /// Rows in the numerator by all rows.
        case rate
        /// The lengths of time of the rows.
        case lengths
    }

    /// The name in addresses.
    public let name: String
    /// What the value is measured in.
    public let unit: String
    /// What it is, in one sentence.
    public let definition: String
    /// The readings there are, the default first; none where the figure is a state at one instant.
    public let bases: [Question.Basis]
    /// What it can be cut by.
    public let dimensions: [Dimension]
    /// The parameters beside those of every metric.
    public let parameters: [String]
    let kind: Kind
    let facts: @Sendable (View, Question) -> [Fact]

    /// Whether it is a state at one instant, which has no period.
    public var isState: Bool { bases.isEmpty }

    init(
        _ name: String, unit: String, _ kind: Kind, bases: [Question.Basis] = [.event],
        dimensions: [Dimension] = Dimension.allCases, parameters: [String] = [], _ definition: String,
        facts: @escaping @Sendable (View, Question) -> [Fact]
    ) {
        self.name = name
        self.unit = unit
        self.kind = kind
        self.bases = bases
        self.dimensions = dimensions
        self.parameters = parameters
        self.definition = definition
        self.facts = facts
    }

    /// The metric as the catalogue shows it.
    public var summary: JSON {
        [
            "metric": .string(name), "unit": .string(unit), "definition": .string(definition),
            "basis": .array(bases.map { .string($0.rawValue) }),
            "dimensions": .array(dimensions.map { .string($0.rawValue) }),
            "parameters": .array(parameters.map { .string($0) }), "href": .string("/v1/metrics/\(name)"),
        ]
    }
}

/// Every metric there is.
public enum Catalogue {
    /// In the order of the catalogue.
    public static let all: [Metric] = DealFigures.all + LeadFigures.all + HandOffFigures.all

    /// The metric of a name.
    public static func metric(_ name: String) -> Metric? { all.first { $0.name == name } }
}
