internal import Store

/// Amounts as people and spreadsheets write them.
enum MoneyText {
    /// Reads major units such as `1054`, `-0.5` or `1,054.50` into minor units; `nil` where it is no such amount.
    ///
    /// Commas and spaces stand between groups of three digits alone: `1,5` is one and a half to some and fifteen to
    /// others, and so is refused, as is what is finer than the currency's minor unit.
    static func minorUnits(_ text: String, of currency: Currency) -> Int64? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = whole(parts[0]) else { return nil }
        let places = places(of: currency)
        var fraction = ""
        if parts.count == 2 {
            guard areDigits(parts[1]) else { return nil }
            // Zeros behind the last place say nothing.
            fraction = String(parts[1])
            while fraction.count > places, fraction.hasSuffix("0") { fraction.removeLast() }
        }
        guard fraction.count <= places else { return nil }
        let padded = fraction + String(repeating: "0", count: places - fraction.count)
        guard let amount = Int64(whole + padded) else { return nil }
        return text.hasPrefix("-") ? -amount : amount
    }

    /// How many decimal digits the minor unit of a currency has (ISO 4217).
    static func places(of currency: Currency) -> Int {
        if withoutMinorUnit.contains(currency.description) { return 0 }
        return inThousandths.contains(currency.description) ? 3 : 2
    }

    private static let withoutMinorUnit: Set = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
    ]
    private static let inThousandths: Set = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]

    /// The digits before the point, their separators taken out.
    private static func whole(_ text: Substring) -> String? {
        for separator in [Character(","), " "] where text.contains(separator) {
            let groups = text.split(separator: separator, omittingEmptySubsequences: false)
            let isGrouped = (1...3).contains(groups[0].count) && groups.dropFirst().allSatisfy { $0.count == 3 }
            return isGrouped && groups.allSatisfy(areDigits) ? groups.joined() : nil
        }
        return areDigits(text) ? String(text) : nil
    }

    private static func areDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
