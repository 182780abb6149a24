internal import Domain
public import Store

/// The facts behind all figures as columns, at one place in the ledger.
///
/// A value: who holds it asks without a lock, and what changes meanwhile changes a copy.
public struct Facts: Sendable {
    /// A time that no period has, of what did not happen.
    static let never = Int64.max
    /// The stage of what had none.
    static let noStage = UInt8.max

    /// The records that the columns are of, without the indexes that no figure asks.
    public private(set) var view: View
    private(set) var links = Links()
    private(set) var words = WordList()
    private(set) var leads = LeadTable()
    private(set) var deals = DealTable()
    private(set) var touches = RowTable<TouchRow>()
    private(set) var purchases = RowTable<PurchaseRow>()
    private(set) var handoffs = RowTable<HandOffRow>()
    private(set) var activities = RowTable<ActivityRow>()
    private(set) var inquiries = KeptRowTable<InquiryRow>()
    private(set) var objections = RowTable<ObjectionRow>()
    private(set) var offers = RowTable<OfferRow>()
    private(set) var insights = RowTable<InsightRow>()
    private(set) var observations = RowTable<ObservationRow>()
    private(set) var accounts = KeptRowTable<AccountRow>()
    private(set) var users = KeptRowTable<UserRow>()
    private(set) var teams = KeptRowTable<TeamRow>()
    private(set) var products = RowTable<NamedRow>()
    private(set) var goals = RowTable<GoalRow>()

    /// In order of their time.
    private(set) var touchesOfLead = Runs<TouchLink>()
    /// When humans of us were in contact with a lead, in order.
    private(set) var contactsOfLead = Runs<Int64>()
    private(set) var dealsOfLead = RowLists()
    private(set) var activitiesOfLead = RowLists()
    private(set) var activitiesOfDeal = RowLists()
    private(set) var objectionsOfDeal = RowLists()
    private(set) var offersOfDeal = RowLists()
    private(set) var purchasesOfNoDeal = RowSet()

    /// The numbers of a deal's last stages.
    let won: Int32
    let lost: Int32

    /// The number of the first stage of leads; the others follow.
    static let firstStage: Int32 = 2
    /// The numbers of what purchases and touches can be.
    let purchaseKinds: PurchaseKinds
    let touchTypes: TouchTypes
    /// The numbers of the channels that are not marketing's.
    let direct: Int32
    let outbound: Int32

    /// The kinds by the numbers of their resources.
    private let kinds: [FactKind?]

    /// The columns of every record there is.
    public init(of view: View) {
        self.view = Self.kept(view)
        let byName = Dictionary(uniqueKeysWithValues: FactKind.allCases.map { ($0.schema.name, $0) })
        kinds = view.resources.map { byName[$0.name] }
        won = words.number(of: PipelineStages.won)
        lost = words.number(of: PipelineStages.lost)
        for stage in Stage.allCases { _ = words.number(of: stage.rawValue) }
        purchaseKinds = PurchaseKinds(&words)
        touchTypes = TouchTypes(&words)
        direct = words.number(of: "direct")
        outbound = words.number(of: "outbound")
        for kind in FactKind.allCases {
            links[kind].reserve(view.count(kind.schema.name))
            view.forEach(kind.schema.name) { record in
                let entered = links[kind].enter(record.id)
                precondition(entered != nil, "records come in the order of their ids")
            }
        }
        for kind in FactKind.allCases {
            var row: Int32 = 0
            view.forEach(kind.schema.name) { record in
                put(record, kind, Int(row), isNew: true)
                row += 1
            }
            link(kind, 0..<row)
        }
    }

    /// Brings the columns to a later state by the records that changed since.
    mutating func advance(to view: View, _ changed: [ChangedRecord]) {
        self.view = Self.kept(view)
        var ids: [[Identifier]] = FactKind.allCases.map { _ in [] }
        for change in changed {
            guard let kind = kinds[Int(change.resource)] else { continue }
            ids[Int(kind.rawValue)].append(change.id)
        }
        // All rows first, since records refer to one another.
        var rows: [[ChangedRow]] = []
        for kind in FactKind.allCases {
            guard let entered = enter(ids[Int(kind.rawValue)], kind) else {
                // A record that came with the id of an older time than another's: there is no row between.
                self = Facts(of: view)
                return
            }
            rows.append(entered)
        }
        for kind in FactKind.allCases {
            var put: [Int32] = []
            for changed in rows[Int(kind.rawValue)] {
                if let record = changed.record {
                    self.put(record, kind, changed.row, isNew: changed.isNew)
                    put.append(Int32(changed.row))
                } else {
                    remove(kind, changed.row)
                }
            }
            link(kind, put)
        }
        if FactKind.allCases.contains(where: { links[$0].isMostlyGone }) { self = Facts(of: view) }
    }

    /// A state as it is kept until the columns go on, which may be long after others have.
    private static func kept(_ view: View) -> View {
        view.withoutIndexes(butOf: [Agreement.schema.name])
    }

    /// The facts with what records were as of an instant, as far as they keep that.
    ///
    /// - Parameter withScores: whether the question looks at scores, which change more often than the rest.
    func asOf(_ instant: Int64, withScores: Bool) -> Facts {
        var facts = self
        facts.leads.goBackToOwners(asOf: instant)
        if withScores { facts.leads.goBackToScores(asOf: instant) }
        if deals.haveChanged(since: instant) { facts.deals.goBack(to: instant) }
        if inquiries.haveChanged(since: instant) { facts.inquiries.goBack(to: instant) }
        if accounts.haveChanged(since: instant) { facts.accounts.goBack(to: instant) }
        if users.haveChanged(since: instant) { facts.users.goBack(to: instant) }
        if teams.haveChanged(since: instant) { facts.teams.goBack(to: instant) }
        return facts
    }

    /// A row whose record is another now, or gone.
    private struct ChangedRow {
        let row: Int
        let isNew: Bool
        let record: Record?
    }

    /// The rows of records that changed, each once; `nil` where one has no place among them.
    private mutating func enter(_ ids: [Identifier], _ kind: FactKind) -> [ChangedRow]? {
        var rows: [ChangedRow] = []
        rows.reserveCapacity(ids.count)
        var last: Identifier?
        for id in ids.sorted() where id != last {
            last = id
            if let record = view.record(kind.schema.name, id) {
                guard let entered = links[kind].enter(id) else { return nil }
                rows.append(ChangedRow(row: entered.row, isNew: entered.isNew, record: record))
            } else {
                let row = Int(links.row(of: id, in: kind))
                if row >= 0 { rows.append(ChangedRow(row: row, isNew: false, record: nil)) }
            }
        }
        return rows
    }

    /// The record of a row, which is there.
    func record(_ kind: FactKind, _ row: Int32) -> Record? {
        row < 0 || row >= links[kind].count ? nil : view.record(kind.schema.name, links[kind].ids[Int(row)])
    }

    /// The record whose row a fact is to who asks for what they see: a credit is its deal's, as the deal's whole revenue is.
    func judged(_ fact: Fact) -> Record? {
        fact.kind == .touches && fact.link >= 0 ? record(.deals, fact.link) : record(fact.kind, fact.row)
    }

    /// The record that a row is of, where it is there.
    func record(_ key: RowKey) -> Record? { view.record(key.kind.schema.name, key.record) }

    // MARK: Rows

    /// Puts a record in its row and takes what was there out of its lists; the caller puts it into those it belongs in.
    private mutating func put(_ record: Record, _ kind: FactKind, _ row: Int, isNew: Bool) {
        if !isNew { unlink(kind, Int32(row)) }
        switch kind {
        case .leads: leads.put(record, row, isNew: isNew, links, &words)
        case .deals: deals.put(record, row, isNew: isNew, links, &words, ends: (won, lost))
        case .touches: touches.put(record, row, links, &words)
        case .purchases: purchases.put(record, row, links, &words)
        case .handoffs: handoffs.put(record, row, links, &words)
        case .activities: activities.put(record, row, links, &words)
        case .inquiries: inquiries.put(record, row, links, &words)
        case .objections: objections.put(record, row, links, &words)
        case .offers: offers.put(record, row, links, &words)
        case .insights: insights.put(record, row, links, &words)
        case .observations: observations.put(record, row, links, &words)
        case .accounts: accounts.put(record, row, links, &words)
        case .users: users.put(record, row, links, &words)
        case .teams: teams.put(record, row, links, &words)
        case .products: products.put(record, row, links, &words)
        case .goals: goals.put(record, row, links, &words)
        case .campaigns, .contents, .pipelines, .agreements: break
        }
    }

    private mutating func remove(_ kind: FactKind, _ row: Int) {
        unlink(kind, Int32(row))
        links[kind].leave(row)
        switch kind {
        case .leads: leads.remove(row)
        case .deals: deals.remove(row)
        case .touches: touches.remove(row)
        case .purchases: purchases.remove(row)
        case .handoffs: handoffs.remove(row)
        case .activities: activities.remove(row)
        case .inquiries: inquiries.remove(row)
        case .objections: objections.remove(row)
        case .offers: offers.remove(row)
        case .insights: insights.remove(row)
        case .observations: observations.remove(row)
        case .accounts: accounts.remove(row)
        case .users: users.remove(row)
        case .teams: teams.remove(row)
        case .products: products.remove(row)
        case .goals: goals.remove(row)
        case .campaigns, .contents, .pipelines, .agreements: break
        }
    }

    // MARK: Lists

    /// Has rows be in the lists of what they are about.
    private mutating func link<Rows: RandomAccessCollection<Int32>>(_ kind: FactKind, _ rows: Rows)
    where Rows.Index: BinaryInteger {
        for place in rows.indices {
            // The touches of a lead lie far from those of the next: they are fetched while others are put where they belong.
            if kind == .touches {
                let (near, far) = (place + 8, place + 16)
                if far < rows.endIndex { touchesOfLead.prefetchPlaces(touches[rows[far]].lead) }
                if near < rows.endIndex { touchesOfLead.prefetch(touches[rows[near]].lead, bytes: 256) }
            }
            link(kind, rows[place])
        }
    }

    private mutating func link(_ kind: FactKind, _ row: Int32) {
        switch kind {
        case .touches:
            guard touches[row].lead >= 0 else { return }
            let link = TouchLink(touches[row], row: row, touchTypes, direct: direct)
            touchesOfLead.insert(link, into: Int(touches[row].lead)) {
                $0.at > link.at || $0.at == link.at && $0.row > row
            }
        case .deals: for lead in deals.leads[Int(row)] { dealsOfLead.add(row, to: lead) }
        case .activities:
            let activity = activities[row]
            activitiesOfDeal.add(row, to: activity.deal)
            if activity.lead >= 0 {
                activitiesOfLead.add(row, to: activity.lead)
                guard activity.isContact else { return }
                contactsOfLead.insert(activity.at, into: Int(activity.lead)) { $0 > activity.at }
            }
        case .objections: objectionsOfDeal.add(row, to: objections[row].deal)
        case .offers: offersOfDeal.add(row, to: offers[row].deal)
        case .purchases: purchasesOfNoDeal.set(Int(row), !purchases[row].isOfDeal)
        default: break
        }
    }

    private mutating func unlink(_ kind: FactKind, _ row: Int32) {
        switch kind {
        case .touches: touchesOfLead.remove(from: Int(max(0, touches[row].lead))) { $0.row == row }
        case .deals: for lead in deals.leads[Int(row)] { dealsOfLead.remove(row, from: lead) }
        case .activities:
            let activity = activities[row]
            activitiesOfLead.remove(row, from: activity.lead)
            if activity.lead >= 0, activity.isContact {
                contactsOfLead.remove(from: Int(activity.lead)) { $0 == activity.at }
            }
            activitiesOfDeal.remove(row, from: activities[row].deal)
        case .objections: objectionsOfDeal.remove(row, from: objections[row].deal)
        case .offers: offersOfDeal.remove(row, from: offers[row].deal)
        case .purchases: purchasesOfNoDeal.set(Int(row), false)
        default: break
        }
    }
}
