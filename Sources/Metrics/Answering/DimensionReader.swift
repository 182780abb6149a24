internal import Domain
internal import Store

/// Finds where facts stand along dimensions: a number for each, and for the numbers their keys.
final class DimensionReader {
    let facts: Facts
    let days: DayReader
    private let asOf: Int64
    private lazy var stagePlaces = placesOfStages()

    /// The number of a unit of the calendar among facts: those before 1970 are one less, since −1 is nowhere.
    static func code(_ unit: Int32) -> Int32 { unit < 0 ? unit - 1 : unit }

    /// The number of the unit that a number among facts stands for.
    static func unit(ofCode code: Int32) -> Int32 { code < 0 ? code + 1 : code }

    /// The number of facts that stand nowhere.
    static let none: Int32 = -1

    init(_ asked: borrowing Asked) {
        facts = asked.facts
        days = DayReader(asked.question.zone)
        asOf = asked.asOf
    }

    // MARK: Numbers

    /// The numbers of facts along a dimension.
    func numbers(of items: [Fact], _ dimension: Dimension) -> [Int32] {
        if let unit = dimension.calendarUnit { return days.numbers(of: items, at: { $0.at }, unit, none: Self.none) }
        if dimension == .stage { return items.map(\.stage) }
        if dimension == .owner, items.first?.kind == .purchases { return owners(of: items) }
        // Most are of one table, whose columns are read as they are.
        guard let kind = items.first?.kind, let column = column(dimension, kind) else {
            return items.map { number(of: $0, dimension) }
        }
        let (facts, ofRow) = (items.span, column.span)
        var numbers = [Int32](repeating: Self.none, count: items.count)
        var target = numbers.mutableSpan
        for place in facts.indices {
            let fact = facts[place]
            target[place] = fact.kind == kind ? ofRow[Int(fact.row)] : number(of: fact, dimension)
        }
        return numbers
    }

    /// The owners of purchases, who look after their accounts.
    private func owners(of items: [Fact]) -> [Int32] {
        let (purchases, accounts, areThere) = (
            facts.purchases.facts, facts.accounts.facts, facts.links[.accounts].isThere
        )
        let (ofRow, ofAccount, accountIsThere) = (purchases.span, accounts.span, areThere.span)
        let items = items.span
        var owners = [Int32](repeating: Self.none, count: items.count)
        var target = owners.mutableSpan
        for place in items.indices {
            guard items[place].kind == .purchases else {
                target[place] = number(of: items[place], .owner)
                continue
            }
            let account = Int(facts.account(of: ofRow[Int(items[place].row)]))
            if account < 0 {
                target[place] = number(of: items[place], .owner)
            } else if accountIsThere[account] {
                target[place] = ofAccount[account].owner
            }
        }
        return there(owners, .users)
    }

    /// The numbers of deals that were closed, with room for more.
    func numbers(of deals: [ClosedDeal], _ dimension: Dimension, room: Int = 0) -> [Int32] {
        if let unit = dimension.calendarUnit {
            return days.numbers(of: deals, at: { $0.at }, unit, none: Self.none, room: room)
        }
        guard let column = column(dimension, .deals) else {
            return deals.map { number(of: $0.fact(facts), dimension) }
        }
        let (deals, ofRow) = (deals.span, column.span)
        var numbers = [Int32](repeating: Self.none, count: deals.count, room: room)
        var target = numbers.mutableSpan
        for place in deals.indices { target[place] = ofRow[Int(deals[place].row)] }
        return numbers
    }

    private func column(_ dimension: Dimension, _ kind: FactKind) -> [Int32]? {
        switch (kind, dimension) {
        case (.leads, .channel): facts.leads.channel
        case (.leads, .source): facts.leads.source
        case (.leads, .campaign): there(facts.leads.campaign, .campaigns)
        case (.leads, .owner): there(facts.leads.owner, .users)
        case (.deals, .owner): there(facts.deals.owner, .users)
        case (.deals, .product): facts.deals.product
        default: nil
        }
    }

    /// The number of a fact along a dimension.
    func number(of fact: Fact, _ dimension: Dimension) -> Int32 {
        switch dimension {
        case .day, .week, .month, .quarter, .year:
            guard let unit = dimension.calendarUnit, fact.at != Facts.never else { return Self.none }
            return Self.code(days.number(of: fact.at, unit))
        case .channel: return channel(of: fact)
        case .source: return source(of: fact)
        case .campaign: return there(campaign(of: fact), .campaigns)
        case .owner: return there(owner(of: fact), .users)
        case .team: return team(of: fact)
        case .manager:
            let team = team(of: fact)
            return team < 0 ? team : there(facts.teams[team].manager, .users)
        case .region:
            let team = team(of: fact)
            return team < 0 ? team : facts.teams[team].region
        case .product: return product(of: fact)
        case .industry:
            let account = account(of: fact)
            return account < 0 ? account : facts.accounts[account].industry
        case .stage: return fact.stage
        case .phase: return phase(of: fact)
        case .reason: return fact.kind == .handoffs ? answer(to: fact).reason : Self.none
        case .category: return category(of: fact)
        case .content: return content(of: fact)
        case .scoreBand: return scoreBand(of: fact)
        }
    }

    /// Rows that are there still, and none for the others.
    func there(_ rows: [Int32], _ kind: FactKind) -> [Int32] {
        if facts.links[kind].goneCount == 0 { return rows }
        let isThere = facts.links[kind].isThere
        return rows.map { $0 >= 0 && isThere[Int($0)] ? $0 : Self.none }
    }

    /// A row that is there still, or none.
    private func there(_ row: Int32, _ kind: FactKind) -> Int32 {
        row >= 0 && facts.links[kind].isThere[Int(row)] ? row : Self.none
    }

    /// The lead that a fact is about: itself, the one handed over, or a deal's first.
    private func lead(of fact: Fact) -> Int32 {
        switch fact.kind {
        case .leads: fact.row
        case .deals: facts.deals.lead[Int(fact.row)]
        case .handoffs: facts.handoffs[fact.row].lead
        case .touches: facts.touches[fact.row].lead
        case .purchases: facts.lead(of: facts.purchases[fact.row])
        case .accounts: fact.link
        case .inquiries: facts.inquiries[fact.row].lead
        case .insights: facts.insights[fact.row].lead
        case .objections, .offers: deal(of: fact).map { facts.deals.lead[Int($0)] } ?? Self.none
        default: Self.none
        }
    }

    /// Of a hand-off by the score that the lead had then; of anything else by the lead's.
    private func scoreBand(of fact: Fact) -> Int32 {
        if fact.kind == .handoffs { return facts.handoffs[fact.row].scoreBand }
        let lead = lead(of: fact)
        return lead < 0 ? LeadTable.noBand : facts.leads.scoreBand[Int(lead)]
    }

    private func deal(of fact: Fact) -> Int32? {
        let row: Int32 =
            switch fact.kind {
            case .deals: fact.row
            case .objections: facts.objections[fact.row].deal
            case .offers: facts.offers[fact.row].deal
            case .touches: fact.link
            case .insights: facts.insights[fact.row].deal
            default: Self.none
            }
        return row < 0 ? nil : row
    }

    private func channel(of fact: Fact) -> Int32 {
        switch fact.kind {
        case .touches: return facts.touches[fact.row].channel
        case .observations: return facts.observations[fact.row].channel
        default:
            let lead = lead(of: fact)
            return lead < 0 ? lead : facts.leads.channel[Int(lead)]
        }
    }

    private func source(of fact: Fact) -> Int32 {
        if fact.kind == .touches { return facts.touches[fact.row].source }
        let lead = lead(of: fact)
        return lead < 0 ? lead : facts.leads.source[Int(lead)]
    }

    private func campaign(of fact: Fact) -> Int32 {
        switch fact.kind {
        case .touches: return facts.touches[fact.row].campaign
        case .observations: return facts.observations[fact.row].campaign
        case .insights: return facts.insights[fact.row].campaign
        case .goals: return facts.goals[fact.row].campaign
        default:
            let lead = lead(of: fact)
            return lead < 0 ? lead : facts.leads.campaign[Int(lead)]
        }
    }

    private func owner(of fact: Fact) -> Int32 {
        switch fact.kind {
        case .leads: return facts.leads.owner[Int(fact.row)]
        case .handoffs: return facts.handoffs[fact.row].to
        case .inquiries: return facts.inquiries[fact.row].owner
        case .insights: return facts.insights[fact.row].user
        case .goals: return facts.goals[fact.row].user
        case .accounts, .purchases:
            // Who looks after the account has its purchases; of a person without one, who looks after that.
            let account = account(of: fact)
            if account >= 0 { return facts.accounts[account].owner }
            let lead = lead(of: fact)
            return lead < 0 ? Self.none : facts.leads.owner[Int(lead)]
        default: return deal(of: fact).map { facts.deals.owner[Int($0)] } ?? Self.none
        }
    }

    private func team(of fact: Fact) -> Int32 {
        if fact.kind == .goals, facts.goals[fact.row].team >= 0 { return facts.goals[fact.row].team }
        let owner = there(owner(of: fact), .users)
        return owner < 0 ? owner : there(facts.users[owner].team, .teams)
    }

    private func product(of fact: Fact) -> Int32 {
        let row: Int32
        switch fact.kind {
        case .purchases: row = facts.purchases[fact.row].product
        case .insights: row = facts.insights[fact.row].product
        default: return deal(of: fact).map { facts.deals.product[Int($0)] } ?? Self.none
        }
        return row < 0 ? row : facts.products[row].name
    }

    private func account(of fact: Fact) -> Int32 {
        let row: Int32 =
            switch fact.kind {
            case .leads: facts.leads.account[Int(fact.row)]
            case .accounts: fact.row
            case .purchases: facts.account(of: facts.purchases[fact.row])
            default:
                deal(of: fact).map { facts.deals.account[Int($0)] }.flatMap { $0 < 0 ? nil : $0 }
                    ?? account(ofLead: lead(of: fact))
            }
        return there(row, .accounts)
    }

    private func account(ofLead lead: Int32) -> Int32 { lead < 0 ? lead : facts.leads.account[Int(lead)] }

    private func category(of fact: Fact) -> Int32 {
        switch fact.kind {
        case .objections: facts.objections[fact.row].category
        case .handoffs: answer(to: fact).category
        case .deals: lossCategory(of: fact)
        case .insights: facts.insights[fact.row].kind
        case .purchases: facts.purchases[fact.row].kind
        default: Self.none
        }
    }

    /// Why a deal was lost, once it was.
    private func lossCategory(of fact: Fact) -> Int32 {
        let isLost = facts.deals.state(of: Int(fact.row), asOf: asOf)?.stage == facts.lost
        return isLost ? facts.deals.lostCategory[Int(fact.row)] : WordList.none
    }

    /// Why a hand-off was rejected, once it was.
    private func answer(to fact: Fact) -> (reason: Int32, category: Int32) {
        let handOff = facts.handoffs[fact.row]
        return handOff.answeredAt < asOf ? (handOff.reason, handOff.category) : (WordList.none, WordList.none)
    }

    private func content(of fact: Fact) -> Int32 {
        let row: Int32 =
            switch fact.kind {
            case .touches: facts.touches[fact.row].content
            case .activities: facts.activities[fact.row].content
            case .objections: facts.objections[fact.row].content(asOf: asOf)
            case .insights: facts.insights[fact.row].content
            // Which content a closed deal used is a fact of its own.
            case .deals: fact.link
            default: Self.none
            }
        return there(row, .contents)
    }

    private func phase(of fact: Fact) -> Int32 {
        guard let stage = facts.words[fact.stage].flatMap(Stage.init(rawValue:)), let phase = stage.phase else {
            return Self.none
        }
        return Int32(Stage.phases.firstIndex(of: phase) ?? 0)
    }

    // MARK: Keys

    /// What a number means along a dimension.
    func key(_ number: Int32, _ dimension: Dimension) -> GroupKey {
        guard number >= 0 || dimension.isTime && number != Self.none else { return .none }
        if let unit = dimension.calendarUnit {
            let key = unit.key(of: unit.firstDay(ofUnit: Self.unit(ofCode: number)))
            return GroupKey(key: key, order: Int(number), label: nil)
        }
        switch dimension {
        case .campaign: return named(.campaigns, number)
        case .owner, .manager: return user(number)
        case .team: return named(.teams, number)
        case .content: return named(.contents, number)
        case .stage: return stage(number)
        case .phase: return GroupKey(key: Stage.phases[Int(number)], order: Int(number), label: nil)
        case .scoreBand:
            return GroupKey(key: ScoreBand(number: Int64(number)).text, order: Int(number), label: nil)
        default: return GroupKey(key: facts.words[number], order: 0, label: nil)
        }
    }

    private func user(_ row: Int32) -> GroupKey {
        let user = facts.users[row]
        guard user.isHere else { return .none }
        return GroupKey(key: User.schema.text(facts.links[.users].ids[Int(row)]), order: 0, label: user.name)
    }

    private func named(_ kind: FactKind, _ row: Int32) -> GroupKey {
        guard let record = facts.record(kind, row) else { return .none }
        return GroupKey(
            key: record.idText, order: 0, label: (kind == .contents ? record["title"] : record["name"]).text)
    }

    private func stage(_ number: Int32) -> GroupKey {
        let name = facts.words[number] ?? ""
        return GroupKey(key: name, order: stagePlaces[name] ?? stagePlaces.count, label: nil)
    }

    /// The stages of leads and of each pipeline in their order, and the ends of all.
    private func placesOfStages() -> [String: Int] {
        var open: [String] = []
        facts.view.forEach(Pipeline.schema.name) { open += PipelineStages($0).open.map(\.name) }
        if open.isEmpty { open = PipelineStages.standard.open.map(\.name) }
        // What no pipeline has any more comes behind the open ones.
        var places = [PipelineStages.won: Int.max - 2, PipelineStages.lost: Int.max - 1]
        for name in Stage.allCases.map(\.rawValue) + open where places[name] == nil { places[name] = places.count }
        return places
    }
}
