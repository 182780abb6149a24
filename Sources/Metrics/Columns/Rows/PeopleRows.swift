internal import Domain
internal import Store

/// One account.
struct AccountRow: KeptRow {
    var industry = WordList.none
    var owner = RowIDs.none

    init() {}

    private static let slots = Slots(Account.schema)
    static let earlierFields = EarlierFields(slots)
    private static let industrySlot = slots("industry")
    private static let ownerSlot = slots("owner_id")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        industry = words.number(of: record, at: Self.industrySlot)
        owner = links.row(of: record.reference(at: Self.ownerSlot), in: .users)
    }

    mutating func goBack(to was: EarlierFields.Entry, _ links: Links, _ words: inout WordList) {
        industry = words.number(of: was("industry").text)
        owner = links.row(of: was("owner_id").reference, in: .users)
    }
}

/// One user.
struct UserRow: KeptRow {
    var name: String?
    var team = RowIDs.none
    var isHere = false

    init() {}

    private static let slots = Slots(User.schema)
    static let earlierFields = EarlierFields(slots)
    private static let nameSlot = slots("name")
    private static let teamSlot = slots("team_id")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        name = record.value(at: Self.nameSlot).text
        team = links.row(of: record.reference(at: Self.teamSlot), in: .teams)
        isHere = true
    }

    mutating func goBack(to was: EarlierFields.Entry, _ links: Links, _ words: inout WordList) {
        team = links.row(of: was("team_id").reference, in: .teams)
    }
}

/// One team.
struct TeamRow: KeptRow {
    var manager = RowIDs.none
    var region = WordList.none

    init() {}

    private static let slots = Slots(Team.schema)
    static let earlierFields = EarlierFields(slots)
    private static let managerSlot = slots("manager_id")
    private static let regionSlot = slots("region")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        manager = links.row(of: record.reference(at: Self.managerSlot), in: .users)
        region = words.number(of: record, at: Self.regionSlot)
    }

    mutating func goBack(to was: EarlierFields.Entry, _ links: Links, _ words: inout WordList) {
        manager = links.row(of: was("manager_id").reference, in: .users)
        region = words.number(of: was("region").text)
    }
}

/// One record of which figures need the name alone.
struct NamedRow: FactRow {
    var name = WordList.none

    init() {}

    init(_ record: Record, _ links: Links, _ words: inout WordList) { name = words.number(of: record["name"].text) }
}
