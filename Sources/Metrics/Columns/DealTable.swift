internal import Domain
internal import Store

/// What figures need of deals, column by column.
struct DealTable: Sendable {
    /// ``Facts/never`` where nobody knows.
    var openedAt: [Int64] = []
    var stage: [Int32] = []
    var enteredAt: [Int64] = []
    /// Both know every row, in it or not.
    private(set) var won = RowSet()
    private(set) var lost = RowSet()
    /// No deal's stage has changed since.
    private(set) var latestAt = Int64.min
    var amount: [Sum] = []
    /// What a closed one's amount was in the company's currency.
    var baseAmount: [Sum] = []
    var owner: [Int32] = []
    var account: [Int32] = []
    var product: [Int32] = []
    var pipeline: [Int32] = []
    /// The first of its leads.
    var lead: [Int32] = []
    /// The day by which it should be decided; `Int32.max` where none is said.
    var expectedOn: [Int32] = []
    var forecastCategory: [Int32] = []
    var lostCategory: [Int32] = []
    var leads = Runs<Int32>()
    var steps = Runs<Step>()
    private var earlier = EarlierValues<Terms>()

    /// What of a deal changes as it is negotiated.
    private struct Terms {
        var owner: Int32
        var product: Int32
        var pipeline: Int32
        var amount: Sum
        var baseAmount: Sum
        var expectedOn: Int32
        var forecastCategory: Int32
        var lostCategory: Int32
    }

    private static let slots = Slots(Deal.schema)
    private static let openedSlot = slots("opened_at")
    private static let createdSlot = slots("created_at")
    private static let history = slots("stage_history")
    private static let amountSlot = slots("amount")
    private static let baseSlot = slots("base_amount")
    private static let ownerSlot = slots("owner_id")
    private static let accountSlot = slots("account_id")
    private static let productSlot = slots("product")
    private static let pipelineSlot = slots("pipeline_id")
    private static let leadsSlot = slots("lead_ids")
    private static let expectedSlot = slots("expected_close_on")
    private static let forecastSlot = slots("forecast_category")
    private static let lostSlot = slots("lost_category")
    private static let earlierFields = EarlierFields(slots)

    /// Puts a deal in its row; `ends` are the numbers of the last stages.
    mutating func put(
        _ record: Record, _ row: Int, isNew: Bool, _ links: Links, _ words: inout WordList,
        ends: (won: Int32, lost: Int32)
    ) {
        if isNew { append() }
        // A deal whose opening nobody knows counts from when Tandem learned of it, or what came after happened.
        var learned = record.time(at: Self.createdSlot)
        var steps: [Step] = []
        for parts in record.value(at: Self.history).elements.map(\.parts).reversed() {
            let entered = parts[1].instant?.milliseconds
            let isTooLate = entered == nil && !steps.isEmpty && (steps.last?.at ?? 0) <= learned
            learned = min(learned, entered ?? learned)
            steps.append(
                Step(
                    at: entered ?? learned, stage: words.number(of: parts[0].text),
                    isImplied: parts[3] == .bool(true) || isTooLate))
        }
        steps.reverse()
        // One that was made in a later stage was once said to have been in the first for no time.
        if let next = steps.dropFirst().first(where: { !$0.isImplied }), next.at == steps[0].at,
            next.stage != ends.won, next.stage != ends.lost
        {
            steps[0].isImplied = true
        }
        self.steps.set(row, steps)
        stage[row] = steps.last?.stage ?? WordList.none
        won.set(row, stage[row] == ends.won)
        lost.set(row, stage[row] == ends.lost)
        enteredAt[row] = steps.last?.at ?? Facts.never
        latestAt = max(latestAt, steps.last?.at ?? latestAt)
        openedAt[row] = record.time(at: Self.openedSlot)
        amount[row] = record.sum(at: Self.amountSlot)
        baseAmount[row] = record.sum(at: Self.baseSlot)
        owner[row] = links.row(of: record.reference(at: Self.ownerSlot), in: .users)
        account[row] = links.row(of: record.reference(at: Self.accountSlot), in: .accounts)
        product[row] = words.number(of: record, at: Self.productSlot)
        pipeline[row] = links.row(of: record.reference(at: Self.pipelineSlot), in: .pipelines)
        let named = record.value(at: Self.leadsSlot).elements.map { links.row(of: $0.reference, in: .leads) }
        let people = named.enumerated().filter { !named[..<$0].contains($1) }.map(\.element)
        leads.set(row, people)
        lead[row] = people.first ?? RowIDs.none
        expectedOn[row] = record.day(at: Self.expectedSlot)
        forecastCategory[row] = words.number(of: record, at: Self.forecastSlot)
        lostCategory[row] = words.number(of: record, at: Self.lostSlot)
        let earlier = Self.earlierFields.entries(of: record).map { was in
            let terms = Terms(
                owner: links.row(of: was("owner_id").reference, in: .users),
                product: words.number(of: was("product").text),
                pipeline: links.row(of: was("pipeline_id").reference, in: .pipelines), amount: Sum(was("amount").money),
                baseAmount: Sum(was("base_amount").money), expectedOn: was("expected_close_on").dayNumber,
                forecastCategory: words.number(of: was("forecast_category").text),
                lostCategory: words.number(of: was("lost_category").text))
            return (was.until, terms)
        }
        self.earlier.set(row, earlier)
    }

    /// Whether any may have changed since an instant.
    func haveChanged(since instant: Int64) -> Bool { earlier.haveChanged(since: instant) }

    /// The pipelines that one deal has been in.
    struct Pipelines {
        private let earlier: [(until: Int64, was: Terms)]
        private let last: Int32

        init(_ table: DealTable, _ row: Int) {
            earlier = table.earlier.all(of: row)
            last = table.pipeline[row]
        }

        /// The one that it was in from an instant on.
        func from(_ time: Int64) -> Int32 { earlier.first { $0.until > time }?.was.pipeline ?? last }
    }

    /// Takes the table back to what its deals were as of an instant, but for their stages, which know their times.
    mutating func goBack(to instant: Int64) {
        for (row, terms) in earlier.values(asOf: instant) {
            owner[row] = terms.owner
            product[row] = terms.product
            pipeline[row] = terms.pipeline
            amount[row] = terms.amount
            baseAmount[row] = terms.baseAmount
            expectedOn[row] = terms.expectedOn
            forecastCategory[row] = terms.forecastCategory
            lostCategory[row] = terms.lostCategory
        }
    }

    mutating func remove(_ row: Int) {
        steps.set(row, [])
        leads.set(row, [])
        stage[row] = WordList.none
        won.set(row, false)
        lost.set(row, false)
        enteredAt[row] = Facts.never
        earlier.remove(row)
    }

    private mutating func append() {
        openedAt.append(Facts.never)
        stage.append(WordList.none)
        enteredAt.append(Facts.never)
        amount.append(Sum(nil))
        baseAmount.append(Sum(nil))
        owner.append(RowIDs.none)
        account.append(RowIDs.none)
        product.append(WordList.none)
        pipeline.append(RowIDs.none)
        lead.append(RowIDs.none)
        expectedOn.append(.max)
        forecastCategory.append(WordList.none)
        lostCategory.append(WordList.none)
        leads.set(openedAt.count - 1, [])
    }

    /// How a deal stood as of an instant, told by its stage history alone: a later edit moves nothing.
    @inline(__always)
    func state(of row: Int, asOf instant: Int64) -> Step? {
        if enteredAt[row] < instant { return Step(at: enteredAt[row], stage: stage[row]) }
        for place in steps.places(row).reversed() where steps[place: place].at < instant { return steps[place: place] }
        return nil
    }
}
