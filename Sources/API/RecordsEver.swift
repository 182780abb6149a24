internal import Domain
internal import Ledger
internal import Store

/// Records as they are now, and those that are gone as they were last: so it is known whose what is gone was.
struct RecordsEver: Records {
    let store: Store
    let view: View

    func record(_ resource: String, _ id: Identifier) -> Record? {
        if let record = view.record(resource, id) { return record }
        guard let schema = Resources.all.first(where: { $0.schema.name == resource })?.schema,
            let newest = store.lastChange(schema, id)
        else { return nil }
        var last: Record?
        do throws(LedgerFault) {
            try store.versions(schema, id, from: newest) { version in
                last = version.record(of: schema)
                return last == nil
            }
        } catch {
            // Of what is forgotten nobody knows whose it was.
            return nil
        }
        return last
    }

    func records(_ resource: String, where path: String, is value: IndexValue) -> [Record] {
        view.records(resource, where: path, is: value)
    }

    func records(_ resource: String, after id: Identifier?, limit: Int) -> [Record] {
        view.records(resource, after: id, limit: limit)
    }

    func records(_ resource: String, due time: Instant, at path: String, limit: Int) -> [Record] {
        view.records(resource, due: time, at: path, limit: limit)
    }
}
