internal import Domain
internal import Store

/// One stage entered.
struct Step: Sendable {
    /// When, in milliseconds; ``Facts/never`` where nobody knows.
    let at: Int64
    /// The stage's number: of leads by its place in ``Stage/allCases``, of deals in the list of words.
    let stage: Int32
    /// Whether it was skipped on the way to a later one.
    var isImplied = false
}

/// What figures need of leads, column by column.
struct LeadTable: Sendable {
    /// ``Facts/never`` of those that are gone, so that no period has them.
    var capturedAt: [Int64] = []
    /// The stage now, and when it was entered.
    var stage: [UInt8] = []
    var enteredAt: [Int64] = []
    /// The latest of these, or of what they have been.
    private(set) var lastEnteredAt = Int64.min
    var channel: [Int32] = []
    /// Channel and medium, `advertising/paid`.
    var source: [Int32] = []
    var campaign: [Int32] = []
    var owner: [Int32] = []
    var account: [Int32] = []
    /// The number of the band that the score is in; ``noBand`` where none was ever given.
    private(set) var scoreBand: [Int32] = []
    var steps = Runs<Step>()
    /// When it first went out or back to marketing; ``Facts/never`` of most, whose stages nobody need look through for it.
    private(set) var wentBackAt: [Int64] = []
    private var earlierOwners = EarlierValues<Int32>()
    private var earlierBands = EarlierValues<Int32>()

    static let noBand: Int32 = -1

    private static let slots = Slots(Lead.schema)
    private static let capturedAt = slots("captured_at")
    private static let stageSlot = slots("stage")
    private static let history = slots("stage_history")
    private static let ownerSlot = slots("owner_id")
    private static let accountSlot = slots("account_id")
    private static let scoreSlot = slots("score")
    private static let earlierFields = EarlierFields(slots)
    private static let channelPath = slots.path("source.channel")
    private static let mediumPath = slots.path("source.medium")
    private static let campaignPath = slots.path("source.campaign_id")
    private static let numbers = Dictionary(
        uniqueKeysWithValues: Stage.allCases.enumerated().map { ($1.rawValue, UInt8($0)) })

    /// The number of a stage.
    static func number(of stage: Stage) -> UInt8 { numbers[stage.rawValue] ?? 0 }

    mutating func put(_ record: Record, _ row: Int, isNew: Bool, _ links: Links, _ words: inout WordList) {
        if isNew { append() }
        let channel = Self.channelPath.value(in: record).text
        let medium = Self.mediumPath.value(in: record).text
        capturedAt[row] = record.time(at: Self.capturedAt)
        self.channel[row] = words.number(of: channel)
        source[row] = words.number(of: channel.map { channel in medium.map { "\(channel)/\($0)" } ?? channel })
        campaign[row] = links.row(of: Self.campaignPath.value(in: record).reference, in: .campaigns)
        owner[row] = links.row(of: record.reference(at: Self.ownerSlot), in: .users)
        account[row] = links.row(of: record.reference(at: Self.accountSlot), in: .accounts)
        let band = record.value(at: Self.scoreSlot).whole.map(ScoreBand.init(of:))
        scoreBand[row] = band.map(Self.number) ?? Self.noBand
        let steps = record.value(at: Self.history).elements.map { entry in
            let parts = entry.parts
            return Step(
                at: parts[1].instant?.milliseconds ?? Facts.never,
                stage: Int32(Self.numbers[parts[0].text ?? ""] ?? 0))
        }
        self.steps.set(row, steps)
        wentBackAt[row] = Self.firstBack(in: steps)
        stage[row] =
            steps.last.map { UInt8($0.stage) } ?? Self.numbers[record.value(at: Self.stageSlot).text ?? ""] ?? 0
        enteredAt[row] = steps.last?.at ?? Facts.never
        lastEnteredAt = max(lastEnteredAt, enteredAt[row])
        let history = Self.earlierFields.entries(of: record)
        let owners = history.map { ($0.until, links.row(of: $0("owner_id").reference, in: .users)) }
        earlierOwners.set(row, owners, now: owner[row])
        let bands = history.map { was in
            (was.until, was("score_band").text.flatMap(ScoreBand.init).map(Self.number) ?? Self.noBand)
        }
        earlierBands.set(row, bands, now: scoreBand[row])
    }

    /// The numbers of the stages in which a lead is marketing's, or nobody's, as bits.
    static let stagesBeforeSales = [Stage.lead, .mql, .disqualified].reduce(UInt32(0)) {
        $0 | 1 << UInt32(number(of: $1))
    }

    /// When a stage before sales was first entered from a later one.
    private static func firstBack(in steps: [Step]) -> Int64 {
        for (place, step) in steps.enumerated() where stagesBeforeSales >> step.stage & 1 == 1 {
            if step.stage == out || place > 0 && step.stage < steps[place - 1].stage { return step.at }
        }
        return Facts.never
    }

    private static let out = Int32(number(of: .disqualified))

    static func number(of band: ScoreBand) -> Int32 { Int32(clamping: band.number) }

    /// Takes the table back to who looked after its leads as of an instant.
    mutating func goBackToOwners(asOf instant: Int64) {
        for (row, was) in earlierOwners.values(asOf: instant) { owner[row] = was }
    }

    /// Takes the table back to how its leads scored as of an instant.
    mutating func goBackToScores(asOf instant: Int64) {
        for (row, was) in earlierBands.values(asOf: instant) { scoreBand[row] = was }
    }

    mutating func remove(_ row: Int) {
        capturedAt[row] = Facts.never
        steps.set(row, [])
        wentBackAt[row] = Facts.never
        enteredAt[row] = Facts.never
        earlierOwners.remove(row)
        earlierBands.remove(row)
    }

    private mutating func append() {
        capturedAt.append(Facts.never)
        stage.append(0)
        wentBackAt.append(Facts.never)
        enteredAt.append(Facts.never)
        channel.append(WordList.none)
        source.append(WordList.none)
        campaign.append(RowIDs.none)
        owner.append(RowIDs.none)
        account.append(RowIDs.none)
        scoreBand.append(Self.noBand)
    }

    /// The stage that a lead was in as of an instant, of those that it entered; ``Facts/noStage`` where none.
    @inline(__always)
    func stage(of row: Int, asOf instant: Int64) -> UInt8 {
        if enteredAt[row] < instant { return stage[row] }
        for place in steps.places(row).reversed() where steps[place: place].at < instant {
            return UInt8(steps[place: place].stage)
        }
        return Facts.noStage
    }
}
