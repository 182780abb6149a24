import Domain
import JSON
import Store

/// The people, campaigns, contents and products of a made-up company, which its leads' stories are told with.
struct MadeCompany {
    private(set) var sellers: [Record] = []
    private(set) var marketers: [Record] = []
    private(set) var campaigns: [Record] = []
    private(set) var contents: [Record] = []
    private(set) var products: [Record] = []
    private(set) var accounts: [Record] = []

    /// Makes it, in force for the two years that end with `end`.
    ///
    /// - Parameter size: how many leads it will have, by which it has more sellers and accounts.
    init(
        size: Int, from start: Day, to end: Day, _ chance: inout Chance, in transaction: inout Transaction
    ) throws(Refusal) {
        try makePeople(size, in: &transaction)
        try makeRules(from: start, in: &transaction)
        try makeMarketing(from: start, to: end, &chance, in: &transaction)
        try makeProducts(in: &transaction)
        try makeGoals(size, from: start, to: end, in: &transaction)
        for number in 0..<max(8, size / 4) {
            let account: JSON = [
                "name": .string("\(chance.one(of: Self.firms)) \(chance.one(of: Self.trades)) \(number + 1)"),
                "domain": .string("firm-\(number + 1).example"), "industry": .string(chance.one(of: Self.industries)),
                "region": .string(chance.one(of: Self.regions)),
                "owner_id": chance.one(of: sellers).reference,
            ]
            accounts.append(try Stage.make(Account.self, account, in: &transaction))
        }
    }

    static let regions = ["North", "South", "West"]
    private static let industries = ["manufacturing", "retail", "logistics", "health", "software"]
    private static let firms = [
        "Aster", "Birch", "Cedar", "Delphi", "Ember", "Fjord", "Garnet", "Harbor", "Iris", "Juno",
    ]
    private static let trades = ["Pumps", "Freight", "Clinics", "Foods", "Robotics", "Textiles", "Labs", "Stores"]

    private mutating func makePeople(_ size: Int, in transaction: inout Transaction) throws(Refusal) {
        func user(_ name: String, _ role: String, _ team: JSON) throws(Refusal) -> Record {
            let email = name.lowercased().replacing(" ", with: ".") + "@made.example"
            return try Stage.make(
                User.self,
                ["name": .string(name), "email": .string(email), "role": .string(role), "team_id": team],
                in: &transaction)
        }
        let chiefs = (
            try user("Made Sales", "sales_manager", .null), try user("Made Marketing", "marketing_manager", .null)
        )
        let growth = try Stage.make(
            Team.self, ["name": "Made growth", "department": "marketing", "manager_id": chiefs.1.reference],
            in: &transaction)
        marketers = [
            try user("Made Digital", "digital_marketer", growth.reference),
            try user("Made Creative", "creative", growth.reference),
        ]
        for region in Self.regions {
            let team = try Stage.make(
                Team.self,
                [
                    "name": .string("Made \(region.lowercased())"), "department": "sales", "region": .string(region),
                    "manager_id": chiefs.0.reference,
                ], in: &transaction)
            for number in 1...max(2, size / 1000) {
                sellers.append(try user("Made \(region) \(number)", "sales_representative", team.reference))
            }
        }
    }

    private func makeRules(from start: Day, in transaction: inout Transaction) throws(Refusal) {
        let days: [JSON] = ["monday", "tuesday", "wednesday", "thursday", "friday"].map {
            ["weekday": .string($0), "from": "09:00", "to": "17:00"]
        }
        let calendar = try Stage.make(
            Domain.Calendar.self,
            ["name": "Made office", "time_zone": "Europe/Berlin", "hours": .array(days)], in: &transaction)
        let agreement = try Stage.make(
            Agreement.self,
            [
                "name": "Made agreement", "effective_from": .string(start.description),
                "calendar_id": calendar.reference, "marketing": ["leads_per_month": 20],
                "sales": ["answer_within_minutes": 240, "contact_within_minutes": 480],
            ], in: &transaction)
        for department in ["sales", "marketing"] {
            let input: JSON = ["department": .string(department), "at": .string("\(start)T08:00:00Z")]
            try Stage.act("sign", agreement, input, in: &transaction)
        }
    }

    private mutating func makeMarketing(
        from start: Day, to end: Day, _ chance: inout Chance, in transaction: inout Transaction
    ) throws(Refusal) {
        let kinds = [("search", 900), ("social_media", 600), ("email", 120), ("event", 400), ("content", 200)]
        for (channel, spend) in kinds {
            let campaign = try Stage.make(
                Campaign.self,
                [
                    "name": .string("Made \(channel)"), "channel": .string(channel), "objective": "lead_generation",
                    "status": "active", "utm": ["campaign": .string("made-\(channel)")],
                    "owner_id": marketers[0].reference,
                    "budget": ["amount": .integer(Int64(spend) * 80_000), "currency": "EUR"],
                ], in: &transaction)
            campaigns.append(campaign)
            for day in stride(from: start.number, to: end.number, by: 7) {
                let amount = Int64(Double(spend) * 100 * (0.7 + 0.6 * chance.share()))
                try Stage.make(
                    Observation.self,
                    [
                        "measure": "spend", "campaign_id": campaign.reference,
                        "on": .string(Day(number: day).description),
                        "amount": ["amount": .integer(amount), "currency": "EUR"],
                    ], in: &transaction)
            }
        }
        for (title, phase, category) in [
            ("What it saves", "purchase", "price"), ("How others began", "consideration", "trust"),
            ("Why now", "awareness", "timing"), ("Security in detail", "purchase", "legal"),
        ] {
            contents.append(
                try Stage.make(
                    Content.self,
                    [
                        "title": .string(title), "kind": "article", "status": "published", "phases": [.string(phase)],
                        "objection_categories": [.string(category)], "owner_id": marketers[1].reference,
                    ], in: &transaction))
        }
    }

    /// A goal a quarter for each department, up to the quarter that goes on.
    private func makeGoals(
        _ size: Int, from start: Day, to end: Day, in transaction: inout Transaction
    ) throws(Refusal) {
        let quarters = [start, end].map { $0.parts.year * 4 + ($0.parts.month - 1) / 3 }
        for quarter in quarters[0]...quarters[1] {
            let days = [quarter, quarter + 1].map { Day(year: $0 / 4, month: $0 % 4 * 3 + 1, day: 1) }
            guard let from = days[0], let to = days[1] else { continue }
            let revenue: [JSON.Member] = [
                .init("department", "sales"), .init("metric", "revenue"),
                .init("target_amount", ["amount": .integer(Int64(size) * 20_000), "currency": "EUR"]),
            ]
            let leads: [JSON.Member] = [
                .init("department", "marketing"), .init("metric", "mqls"),
                .init("target", .integer(Int64(max(1, size / 12)))),
            ]
            for goal in [revenue, leads] {
                let period: [JSON.Member] = [
                    .init("name", .string("\(quarter / 4) Q\(quarter % 4 + 1)")), .init("scope", "company"),
                    .init("from", .string(from.description)), .init("to", .string(to.description)),
                ]
                try Stage.make(Goal.self, .object(period + goal), in: &transaction)
            }
        }
    }

    private mutating func makeProducts(in transaction: inout Transaction) throws(Refusal) {
        for (name, price) in [("Sensors", 40_000), ("Service contract", 120_000), ("Analytics", 90_000)] {
            products.append(
                try Stage.make(
                    Product.self,
                    [
                        "name": .string("Made \(name.lowercased())"), "sku": .string("made-\(name.count)"),
                        "list_price": ["amount": .integer(Int64(price)), "currency": "EUR"],
                        "fact_sheet": ["summary": .string("\(name), as everybody needs them.")],
                    ], in: &transaction))
        }
    }
}
