/// How a query is answered: by the index that leaves least to look at, in order where that index gives the order.
extension Query {
    private enum Plan {
        /// Records with one value of an index, in order of their ids.
        case equal(index: Int, IndexValue)
        /// An index in the order asked for.
        case ordered(index: Int, SortKey)
        /// All records in order of their ids.
        case all
    }

    /// A page of `table`.
    func page(of table: Table) -> Page {
        let plan = plan(for: table)
        var found: [Record] = []
        let isInOrder = givesOrder(plan, table.schema)
        visit(table, plan, isInOrder: isInOrder) { record in
            guard conditions.allSatisfy({ $0.holds(for: record) }), isAfterCursor(record) else { return true }
            found.append(record)
            return !isInOrder || found.count <= limit
        }
        if !isInOrder { found.sort { precedes(place(of: $0), place(of: $1)) } }
        let records = Array(found.prefix(limit))
        let next = found.count > limit ? records.last.map { place(of: $0) } : nil
        return Page(records: records, next: next)
    }

    // MARK: Choosing

    private func plan(for table: Table) -> Plan {
        let schema = table.schema
        for condition in conditions {
            if case .isAny(let values) = condition.test, values.count == 1, let value = values.first,
                let index = schema.index(over: condition.path)
            {
                return .equal(index: index, value)
            }
        }
        // Records without a value are not in an index, so it gives an order only where all have one.
        if let key = order.first, order.count == 1, key.path.field.type.isOrdered,
            let index = schema.index(over: key.path), table.isComplete(index: index)
        {
            return .ordered(index: index, key)
        }
        return .all
    }

    private func givesOrder(_ plan: Plan, _ schema: Schema) -> Bool {
        if case .ordered = plan { return true }
        // Ids order by creation, so the order of creation is theirs.
        return order.isEmpty || order.count == 1 && order[0].path.slot == schema.createdAtSlot
    }

    private var isDescending: Bool { order.first?.isDescending ?? false }

    // MARK: Visiting

    private func visit(_ table: Table, _ plan: Plan, isInOrder: Bool, _ body: (Record) -> Bool) {
        let start = isInOrder ? after?.id : nil
        switch plan {
        case .equal(let index, let value):
            table.scan(index: index, value: value, descending: isInOrder && isDescending, from: start) { id in
                table.records[id].map(body) ?? true
            }
        case .ordered(let index, let key):
            let first = after?.values.first.flatMap { $0 }
            let upper =
                key.isDescending ? first.flatMap { value in after.map { IndexKey(value: value, id: $0.id) } } : nil
            table.scan(
                index: index, from: key.isDescending ? nil : first, descending: key.isDescending, below: upper
            ) { key in table.records[key.id].map(body) ?? true }
        case .all where isInOrder && isDescending:
            table.records.descend(below: start) { _, record in body(record) }
        case .all:
            table.records.ascend(from: start) { _, record in body(record) }
        }
    }

    // MARK: Order

    private func place(of record: Record) -> Cursor {
        Cursor(values: order.map { $0.value(of: record) }, id: record.id)
    }

    private func isAfterCursor(_ record: Record) -> Bool {
        guard let after else { return true }
        return precedes(after, place(of: record))
    }

    private func precedes(_ left: Cursor, _ right: Cursor) -> Bool {
        for (number, key) in order.enumerated() where left.values[number] != right.values[number] {
            return Self.isLess(left.values[number], right.values[number]) != key.isDescending
        }
        return left.id == right.id ? false : (left.id < right.id) != isDescending
    }

    private static func isLess(_ left: IndexValue?, _ right: IndexValue?) -> Bool {
        guard let right else { return false }
        guard let left else { return true }
        return left < right
    }
}
