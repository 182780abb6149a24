internal import Foundation
internal import Store

/// The keys that a link carries so that a visit is known to be a campaign's: source, medium and campaign.
///
/// Letters of either case are the same, as people write them by hand.
struct UTM {
    private let parts: [String]

    /// The fields; campaigns and touches declare them alike.
    static let field = Field(
        "utm",
        .object(names.map { Field($0, .text(max: 200), "utm_\($0) of the link.") }),
        "The keys of its links.")

    private static let names = ["source", "medium", "campaign"]
    private static let noParts = names.map { _ in "" }

    /// The keys that a record gives.
    init(_ value: Value) {
        // Most touches have none, and each of them asks.
        parts =
            value.isNull
            ? Self.noParts : Self.names.indices.map { value.parts.dropFirst($0).first?.text?.lowercased() ?? "" }
    }

    /// The keys in the query of an address.
    init(url: String) {
        let items = URLComponents(string: url)?.queryItems ?? []
        parts = Self.names.map { name in items.first { $0.name == "utm_\(name)" }?.value?.lowercased() ?? "" }
    }

    /// Whether there is no key at all.
    var isEmpty: Bool { parts.allSatisfy(\.isEmpty) }

    /// As one text, by which a campaign is found.
    var key: String { parts.map { $0.replacing("|", with: "%7C") }.joined(separator: "|") }

    /// As a record gives them.
    var value: Value { .object(parts.map { $0.isEmpty ? .null : .text($0) }) }

    /// The campaign that the keys are of: all that it has are among them, and no other has more.
    func campaign(in transaction: Transaction) -> Record? {
        guard !isEmpty else { return nil }
        // From all keys to one alone; a campaign's own name says more than where it runs.
        for mask in [0b111, 0b101, 0b110, 0b100, 0b011, 0b001, 0b010] {
            var fewer = parts
            for place in fewer.indices where mask & (1 << place) == 0 { fewer[place] = "" }
            let key = UTM(fewer).key
            if let found = transaction.records(Campaign.schema.name, where: "utm_key", is: .text(key)).first {
                return found
            }
        }
        return nil
    }

    private init(_ parts: [String]) { self.parts = parts }

    /// The medium, cut where a lead's is longer.
    var medium: Value {
        parts[1].isEmpty ? .null : .text(String(String.UnicodeScalarView(parts[1].unicodeScalars.prefix(100))))
    }

    /// Where a visit comes from by its medium, as Google Analytics groups channels by default.
    var channel: String? {
        switch parts[1] {
        case "cpc", "ppc", "paidsearch", "display", "cpm", "banner", "retargeting": "advertising"
        case "organic": "search"
        case "social", "social-network", "social-media", "sm": "social_media"
        case "email", "e-mail", "e_mail", "newsletter": "email"
        case "referral", "link": "referral"
        case "affiliate": "affiliate"
        default: nil
        }
    }
}
