public import JSON
public import Store

/// What became of many rows.
public struct ImportReport: Sendable {
    /// Rows that made a record.
    public private(set) var created = 0
    /// Rows whose record was there and is corrected.
    public private(set) var updated = 0
    /// Rows whose record was there already, as it is.
    public private(set) var unchanged = 0
    /// Rows that were refused, with the reasons.
    public private(set) var refused: [JSON] = []
    /// How many rows were refused, listed or not.
    public private(set) var refusedCount = 0
    /// How many refused rows are listed.
    private let listedMax: Int

    /// How many rows it is of.
    public var rowCount: Int { created + updated + unchanged + refusedCount }

    /// A report of no rows, which lists at most so many of those that will be refused.
    public init(listedMax: Int = .max) { self.listedMax = listedMax }

    /// A report as ``json`` or ``progress`` spells it; `nil` where the text is none.
    public init?(text: String) {
        let json: JSON
        do throws(JSONFault) { json = try JSONParser.parse(Array(text.utf8)) } catch { return nil }
        guard let created = json["created"]?.wholeNumber, let unchanged = json["unchanged"]?.wholeNumber else {
            return nil
        }
        self.created = Int(created)
        self.unchanged = Int(unchanged)
        updated = Int(json["updated"]?.wholeNumber ?? 0)
        let numbers = json["refused_rows"]?.elements ?? []
        refused = json["refused"]?.elements ?? numbers.map { ["row": $0, "errors": [Self.refusedBefore]] }
        refusedCount = json["refused_count"]?.wholeNumber.map { Int($0) } ?? refused.count
        listedMax = .max
    }

    /// Adds what became of other rows.
    public mutating func add(_ other: ImportReport) {
        created += other.created
        updated += other.updated
        unchanged += other.unchanged
        refused += other.refused.prefix(listedMax - refused.count)
        refusedCount += other.refusedCount
    }

    /// Takes one row; what it changed is undone when it is refused.
    public mutating func take(
        row: Int, in transaction: inout Transaction,
        _ body: (inout Transaction) throws(Refusal) -> Record?
    ) {
        let changeCount = transaction.changeCount
        do throws(Refusal) {
            let last = transaction.lastID
            let record = try body(&transaction)
            if record == nil || transaction.changeCount == changeCount {
                unchanged += 1
            } else if let record, record.id <= last {
                updated += 1
            } else {
                created += 1
            }
        } catch {
            transaction.rollBack(to: changeCount)
            refusedCount += 1
            if refused.count < listedMax { refused.append(Self.json(row: row, error)) }
        }
    }

    /// `{"created", "updated", "unchanged", "refused_count", "refused": [{"row", "errors"}]}`
    public var json: JSON {
        [
            "created": .integer(Int64(created)), "updated": .integer(Int64(updated)),
            "unchanged": .integer(Int64(unchanged)),
            "refused_count": .integer(Int64(refusedCount)), "refused": .array(refused),
        ]
    }

    /// ``json`` with the numbers alone of the refused rows, as `refused_rows`: it is kept with every command.
    public var progress: JSON {
        .object(
            (json.members ?? []).map { member in
                guard member.name == "refused" else { return member }
                return .init("refused_rows", .array(refused.compactMap { $0["row"] }))
            })
    }

    /// What is known of a row that was refused before the request was sent again.
    private static let refusedBefore: JSON = [
        "pointer": "", "detail": "was refused when it was sent first; sent alone, it is told why",
    ]

    private static func json(row: Int, _ refusal: Refusal) -> JSON {
        let faults: [Fault]
        switch refusal {
        case .invalid(let found): faults = found
        case .conflict(let rule, _): faults = [Fault("", rule)]
        case .missing(let kind, let id): faults = [Fault("", "there is no \(kind) \(id)")]
        case .reusedKey: faults = [Fault("", "the Idempotency-Key was given before")]
        case .forbidden(let reason, _): faults = [Fault("", reason)]
        case .stale(let version, _):
            faults = [Fault("", version.map { "the record is at version \($0)" } ?? "there is no such record")]
        }
        let errors = faults.map {
            JSON.object([.init("pointer", .string($0.pointer)), .init("detail", .string($0.detail))])
        }
        return ["row": .integer(Int64(row)), "errors": .array(errors)]
    }
}

/// What rows of another system become, and how.
public struct ImportPlan: Sendable {
    private let resource: any Resource.Type
    private let map: ImportMap?
    /// The number of the first row, for the report.
    public let firstRow: Int

    private static let names = ["resource", "map", "first_row"]

    /// Rows that are records of a resource as they stand.
    public init(of resource: any Resource.Type) {
        self.resource = resource
        map = nil
        firstRow = 1
    }

    /// Reads `{"resource", "map"?, "first_row"?}`.
    ///
    /// - Throws: ``Refusal/invalid(_:)`` where a member is not right.
    public init(_ json: JSON) throws(Refusal) {
        var faults: [Fault] = []
        self = try Self(json, others: [], &faults)
    }

    /// Reads a plan out of an object that has other members too, which may have faults already.
    fileprivate init(_ json: JSON, others: [String], _ faults: inout [Fault]) throws(Refusal) {
        let known = Self.names + others
        if json.members == nil { faults.append(Fault("", "must be an object, not \(json.kind)")) }
        for member in json.members ?? [] where !known.contains(member.name) {
            faults.append(Spelling.unknownMember(member.name, among: known, at: ""))
        }
        let name = json["resource"]?.text ?? ""
        let written = Resources.all.filter { !$0.isMadeByActions }
        let resource = written.first { $0.schema.name == name }
        if resource == nil {
            let names = written.map { $0.schema.name }.joined(separator: ", ")
            faults.append(Fault("/resource", "must be one of \(names)"))
        }
        var map: ImportMap?
        if let resource, let json = json["map"], json != .null {
            map = ImportMap(json, for: resource.schema, &faults)
        }
        let firstRow = json["first_row"].map { $0.wholeNumber } ?? 1
        if firstRow.map({ !(0...1_000_000_000_000).contains($0) }) ?? true {
            faults.append(Fault("/first_row", "must be a whole number from 0 to 1000000000000"))
        }
        guard faults.isEmpty, let resource else { throw .invalid(faults) }
        self.resource = resource
        self.map = map
        self.firstRow = Int(firstRow ?? 1)
    }

    /// Refuses an author who may make nothing of any row: each would be refused for the same.
    public func demandMaking(by author: Author) throws(Refusal) { try resource.demandMaking(by: author) }

    /// A row, read as far as that goes without the store.
    public enum Row: Sendable {
        case posted(Posted)
        /// A map finds other records by what a row says.
        case mapped(JSON)
    }

    /// Reads a row.
    public func read(_ row: JSON) -> Row { map == nil ? .posted(Posted(resource, row)) : .mapped(row) }

    /// Reads a row as it came.
    ///
    /// - Throws: ``JSONFault`` where the bytes are no JSON.
    public func read(_ row: [UInt8]) throws(JSONFault) -> Row {
        map == nil ? .posted(try Posted(resource, reading: row)) : .mapped(try JSONParser.parse(row))
    }

    /// Makes a record of a row; `nil` where one is there already.
    public func make(_ row: consuming Row, in transaction: inout Transaction) throws(Refusal) -> Record? {
        switch consume row {
        case .posted(let posted): return try Commands.create(posted, in: &transaction)
        case .mapped(let row):
            let input = try map?.input(from: row, in: transaction) ?? row
            if let map, try map.isThere(input, of: resource, in: transaction) { return nil }
            return try Commands.create(resource, input, in: &transaction)
        }
    }
}

/// Rows of another system with what they become.
public struct ImportBatch: Sendable {
    /// The rows, each a flat object.
    public let rows: [JSON]
    /// What they become.
    public let plan: ImportPlan

    /// Reads `{"resource", "map"?, "first_row"?, "rows"}`.
    ///
    /// - Throws: ``Refusal/invalid(_:)`` where a member is not right.
    public init(_ json: JSON) throws(Refusal) {
        var faults: [Fault] = []
        if json["rows"]?.elements == nil { faults.append(Fault("/rows", "must be an array of objects")) }
        plan = try ImportPlan(json, others: ["rows"], &faults)
        rows = json["rows"]?.elements ?? []
    }

    /// Makes a record of each row in a range; a refused one changes nothing and is told.
    public func run(_ range: Range<Int>, in transaction: inout Transaction) -> ImportReport {
        var report = ImportReport()
        for index in range {
            let row = rows[index]
            report.take(row: plan.firstRow + index, in: &transaction) { transaction throws(Refusal) in
                try plan.make(plan.read(row), in: &transaction)
            }
        }
        return report
    }
}
