public import Store

/// What the company sells, and what a representative must know of it.
public enum Product: Resource {
    /// A reference to a product.
    static let reference = Reference("products", prefix: "product")

    /// The declaration.
    public static let schema = Schema(
        "products", prefix: "product", "What the company sells, and what a representative must know of it.",
        isShared: true,
        fields: [
            Field("name", .text(max: 200), "The product's name.").required().indexed().searched(),
            Field("sku", .text(max: 100), "The number it is ordered by.").unique().searched(),
            Field("status", .choice(["active", "retired"]), "Whether it is sold.").with(default: .text("active"))
                .indexed(),
            Field("list_price", .money, "What one costs before any discount."),
            Field("fact_sheet", .object(factSheet), "What a representative must know."),
        ])

    private static let factSheet = [
        Field("summary", .text(max: 5000), "What it is, in a few sentences."),
        Field("benefits", .texts(max: 50), "What the buyer gains."),
        Field("requirements", .text(max: 5000), "What the buyer needs for it."),
        Field("pricing_notes", .text(max: 5000), "What to know about its price."),
        Field("url", .url, "Where there is more."),
    ]

    /// Managers of both departments.
    public static let writers = Grants(any: [.salesManager, .marketingManager])
}
