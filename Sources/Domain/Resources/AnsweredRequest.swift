public import Store

/// What was answered to a request that bore an `Idempotency-Key`, so that the same request is answered the same again.
///
/// It is a record like any other: written in the entry of what the request did, and so there exactly when that is.
public enum AnsweredRequest {
    /// How long an answer is kept, in milliseconds: a day.
    public static let keptMilliseconds: Int64 = 24 * 3_600_000

    /// The declaration.
    public static let schema = Schema(
        "answered_requests", prefix: "answered", "What was answered to requests with a key of their own.",
        isInternal: true,
        fields: [
            Field("key", .text(max: 64), "The SHA-256 of who asked and the key.").required().unique(),
            Field("request", .text(max: 64), "The SHA-256 of the request.").required(),
            Field("status", .integer(0...599), "The answer's status; 0 while rows are still being made."),
            Field("seq", .integer(0...Int64.max), "The entry of what was done."),
            Field("records", .objects(answered), "The records that were answered with."),
            Field("body", .text(max: 64 << 20), "The answer itself, where it is no record.").personal(),
            Field(
                "holds", .texts(max: 10),
                "The ids of what the answer itself holds, and of the leads that this is about."
            )
            .with(default: .list([])).indexed().sparse().ofPersons(),
            Field("rows", .integer(0...Int64.max), "How many rows or operations of the request are done."),
            Field(
                "lines", .text(max: 64), "The SHA-256 of the lines of these rows, each with that of those before it."),
        ])

    private static let answered = [
        Field("status", .integer(0...599), "The answer's status."), Field("resource", .text(max: 100), "What it is."),
        Field("id", .text(max: 100), "Its id."), Field("version", .integer(0...Int64.max), "Its version then."),
    ]

    /// A request as its key is compared: digests, so that what was asked is not kept a second time.
    public struct Key: Sendable {
        /// The digest of who asked and the key.
        public let key: String
        let request: String

        /// The digests of who asked and the key, and of what was asked.
        public init(key: String, request: String) {
            self.key = key
            self.request = request
        }
    }

    /// What was answered.
    public struct Answer: Sendable {
        /// The status; 0 while rows are still being made.
        public let status: Int64
        /// The entry of what was done.
        public let seq: Int64
        /// The records that were answered with, each by status, resource, id and version.
        public let records: [(status: Int64, resource: String, id: String, version: Int64)]
        /// The answer itself, where it is no record.
        public let body: String?
        /// How many rows, or operations of a batch, are done; 0 where the answer is one record.
        public let rows: Int64
        /// The digest of the lines of these rows; `nil` where they did not come line by line.
        public let lines: String?
        /// Whether it was erased with a person whose data it held.
        public let isErased: Bool
    }

    /// What was answered to a key, or `nil` where it is new.
    ///
    /// - Throws: ``Refusal/reusedKey`` where it was another request.
    public static func find(_ key: Key, in transaction: Transaction) throws(Refusal) -> Answer? {
        guard let record = record(key, in: transaction), !isOld(record, in: transaction) else { return nil }
        guard record["request"].text == key.request else { throw .reusedKey }
        return Answer(
            status: record["status"].whole ?? 0, seq: record["seq"].whole ?? 0,
            records: record["records"].elements.map { element in
                let parts = element.parts
                return (parts[0].whole ?? 0, parts[1].text ?? "", parts[2].text ?? "", parts[3].whole ?? 0)
            },
            body: record["body"].text, rows: record["rows"].whole ?? 0, lines: record["lines"].text,
            isErased: record["body"].isNull && !record["holds"].elements.isEmpty)
    }

    /// Keeps an answer of records: of one alone, or of a batch, whose answer lists them even where it is one.
    public static func keep(
        _ key: Key, status: Int, _ records: [(status: Int, record: Record?)], isBatch: Bool = false,
        in transaction: inout Transaction
    ) {
        keep(key, in: &transaction) { draft in
            draft["status"] = .integer(Int64(status))
            if isBatch { draft["rows"] = .integer(Int64(records.count)) }
            draft["records"] = .list(
                records.map { status, record in
                    .object([
                        .integer(Int64(status)), record.map { .text($0.schema.name) } ?? .null,
                        record.map { .text($0.idText) } ?? .null, record.map { .integer($0.version) } ?? .null,
                    ])
                })
        }
    }

    /// Keeps how far the rows of a request are made, and the whole answer when they all are; or another answer that is no
    /// record.
    ///
    /// - Parameter ids: those of the records that the answer holds, and of the leads that they are about: what is erased
    ///   takes the answer with it.
    public static func keep(
        _ key: Key, status: Int, body: String, rows: Int = 0, lines: String? = nil, holding ids: [String] = [],
        in transaction: inout Transaction
    ) {
        keep(key, in: &transaction) { draft in
            draft["status"] = .integer(Int64(status))
            draft["body"] = .text(body)
            draft["rows"] = .integer(Int64(rows))
            draft["lines"] = lines.map { .text($0) } ?? .null
            draft["holds"] = .list(ids.map { .text($0) })
        }
    }

    /// The answers that hold one of some records, or something about one of some leads.
    static func holding(_ ids: [String], in transaction: Transaction) -> [Record] {
        ids.flatMap { transaction.records(schema.name, where: "holds", is: .text($0)) }
    }

    private static func record(_ key: Key, in transaction: Transaction) -> Record? {
        transaction.records(schema.name, where: "key", is: .text(key.key)).first
    }

    private static func keep(_ key: Key, in transaction: inout Transaction, _ complete: (inout Draft) -> Void) {
        forgetOld(in: &transaction)
        var draft = startedDraft(key, in: &transaction)
        draft["key"] = .text(key.key)
        draft["request"] = .text(key.request)
        draft["seq"] = .integer(transaction.seq)
        complete(&draft)
        transaction.put(draft)
    }

    /// The record of a request whose rows are being made, or else a new one: what is old counts from when it was made.
    private static func startedDraft(_ key: Key, in transaction: inout Transaction) -> Draft {
        guard let record = record(key, in: transaction) else { return transaction.draft(of: schema) }
        guard isOld(record, in: transaction) else { return Draft(record) }
        transaction.remove(record)
        return transaction.draft(of: schema)
    }

    private static func isOld(_ record: Record, in transaction: Transaction) -> Bool {
        guard let made = record["created_at"].instant else { return false }
        return transaction.now.millisecondsSince(made) > keptMilliseconds
    }

    /// For each that comes two that are old go, so there is nothing to be done by the clock.
    private static func forgetOld(in transaction: inout Transaction) {
        for _ in 0..<2 {
            guard let oldest = transaction.oldest(schema.name), isOld(oldest, in: transaction) else { return }
            transaction.remove(oldest)
        }
    }
}
