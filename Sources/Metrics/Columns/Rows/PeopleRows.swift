internal import Domain
internal import Store

/// One account.
struct AccountRow: FactRow {
    var industry = WordList.none
    var owner = RowIDs.none

    init() {}

    private static let slots = Slots(Account.schema)
    private static let industrySlot = slots("industry")
    private static let ownerSlot = slots("owner_id")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        industry = words.number(of: record, at: Self.industrySlot)
        owner = links.row(of: record.reference(at: Self.ownerSlot), in: .users)
    }
}

/// One user.
struct UserRow: FactRow {
    var name: String?
    var team = RowIDs.none
    var isHere = false

    init() {}

    private static let slots = Slots(User.schema)
    private static let nameSlot = slots("name")
    private static let teamSlot = slots("team_id")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        name = record.value(at: Self.nameSlot).text
        team = links.row(of: record.reference(at: Self.teamSlot), in: .teams)
        isHere = true
    }
}

/// One team.
struct TeamRow: FactRow {
    var manager = RowIDs.none
    var region = WordList.none

    init() {}

    private static let slots = Slots(Team.schema)
    private static let managerSlot = slots("manager_id")
    private static let regionSlot = slots("region")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        manager = links.row(of: record.reference(at: Self.managerSlot), in: .users)
        region = words.number(of: record, at: Self.regionSlot)
    }
}

/// One record of which figures need the name alone.
struct NamedRow: FactRow {
    var name = WordList.none

    init() {}

    init(_ record: Record, _ links: Links, _ words: inout WordList) { name = words.number(of: record["name"].text) }
}
