public import Store

/// What became of two records that were of one person or company, and all that it takes to part them again.
public enum Merge: Resource {
    /// The declaration.
    public static let schema = Schema(
        "merges", prefix: "merge",
        "What became of two records that were of one person or company, and all that it takes to part them again.",
        isFed: false,
        fields: [
            Field("kind", .choice(["leads", "accounts"]), "What was merged.").readOnly().indexed(),
            Field("lead_id", .reference(Lead.reference), "The lead that stayed.").readOnly().subject(),
            Field("account_id", .reference(Account.reference), "The account that stayed.").readOnly().subject(),
            Field("from_id", .text(max: 50), "The id of the record that went.").readOnly().indexed()
                .ofPersons(),
            Field("from", .text(max: 1 << 24), "The record that went, as it was.").readOnly().personal(),
            Field("before", .text(max: 1 << 24), "The record that stayed, as it was before.").readOnly().personal(),
            Field("holds", .texts(max: 1000), "Who had been merged into either before: it holds what was theirs too.")
                .readOnly().with(default: .list([])).indexed().sparse().ofPersons(),
            Field("moved", .texts(max: 1_000_000), "The records that refer to the other now, as resource/id.")
                .readOnly()
                .with(default: .list([])),
            Field("shared", .texts(max: 1_000_000), "Those of them that named both, as they did.").readOnly()
                .with(default: .list([])).sparse(),
            Field("keys", .texts(max: 1000), "By what other systems knew the record that went, as field=value.")
                .readOnly().with(default: .list([])).indexed().personal().sparse(),
            Field("merged_at", .instant, "When.").readOnly(),
            Field("unmerged_at", .instant, "When they were parted again.").readOnly(),
        ])

    /// Nobody's: it is made by merging.
    public static let writers = Grants.administrator
    /// A merge is what was done.
    public static let isMadeByActions = true

    /// Whether what a merge made one is two again.
    public static func isParted(_ merge: Record) -> Bool { !merge["unmerged_at"].isNull }

    /// The record that went by a merge which was taken back; `nil` where it is gone again.
    static func parted(by merge: Record, in records: some Records) -> Record? {
        let kind = merge["kind"].text == Lead.schema.name ? Lead.schema : Account.schema
        return merge["from_id"].text.flatMap { Identifier($0, prefix: kind.prefix) }
            .flatMap { records.record(kind.name, $0) }
    }

    /// The fields of a merge that are of the record which stayed.
    public static let ofInto = ["before"]
    /// The fields of a merge that are of the record which went.
    public static let ofFrom = ["from", "keys", "shared"]

    /// What a merge had refer to the record that stayed, and had not before, as resource/id.
    public static func movedAlone(by merge: Record) -> [String] {
        let shared = merge["shared"].elements.compactMap(\.text)
        return merge["moved"].elements.compactMap(\.text).filter { moved in
            !shared.contains { isOf(moved.split(separator: "/").last ?? "", $0) }
        }
    }

    /// A record that a merge names as resource/id; `nil` where it is none of this program's.
    static func record(_ moved: String, in transaction: Transaction) -> (schema: Schema, id: Identifier)? {
        let parts = moved.split(separator: "/").map(String.init)
        guard parts.count == 2, let schema = transaction.allSchemas.first(where: { $0.name == parts[0] }),
            let id = Identifier(parts[1], prefix: schema.prefix)
        else { return nil }
        return (schema, id)
    }

    /// Whether how a record referred before, as a merge keeps it, is that of the record with an id.
    static func isOf(_ id: some StringProtocol, _ shared: String) -> Bool { shared.hasPrefix("{\"id\":\"\(id)\"") }

    /// The record that stands for the one that went by a merge, however often that was merged itself since; `nil` where they
    /// were parted or it is gone.
    static func heir(of merge: Record, _ schema: Schema, in transaction: Transaction) -> Record? {
        guard merge["unmerged_at"].isNull, merge["kind"].text == schema.name,
            let id = merge["lead_id"].reference ?? merge["account_id"].reference
        else { return nil }
        if let record = transaction.record(schema.name, id) { return record }
        return standing(ofGone: schema.text(id), in: transaction).flatMap { heir(of: $0, schema, in: transaction) }
    }

    /// The merge that a record went by and was not parted by again.
    static func standing(ofGone id: String, in transaction: Transaction) -> Record? {
        transaction.records(schema.name, where: "from_id", is: .text(id)).first { $0["unmerged_at"].isNull }
    }
}
