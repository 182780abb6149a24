/// Where records are looked up: the durable state, or the newest one that a command works on.
public protocol Records {
    /// The record with that id.
    func record(_ resource: String, _ id: Identifier) -> Record?
    /// The records that have `value` at `path`, in order of their ids; the path must be indexed.
    func records(_ resource: String, where path: String, is value: IndexValue) -> [Record]
    /// The records after an id in the order of ids, from the first where none is given.
    func records(_ resource: String, after id: Identifier?, limit: Int) -> [Record]
    /// The records of which the moment at `path` is `time` or earlier, the earliest first; the path must be indexed.
    func records(_ resource: String, due time: Instant, at path: String, limit: Int) -> [Record]
}
