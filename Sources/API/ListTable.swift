internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Metrics

/// A list as CSV: what it says beside its lines is in fields of the answer.
struct ListTable: Sendable {
    let bytes: [UInt8]
    /// The address of what comes after.
    private let next: String?
    /// How many lines there are in all.
    private let count: Int64?

    static let contentType: StaticString = "text/csv; charset=utf-8"

    /// - Parameter dimensions: what the groups of a figure are by.
    init(of list: JSON, groupedBy dimensions: [Dimension] = []) {
        bytes = CSVWriter.table(of: list, groupedBy: dimensions.map(\.rawValue))
        next = list["next"]?.text
        count = list["data"] == nil ? nil : list["count"]?.wholeNumber
    }

    /// Adds what there are no cells for.
    func tell(in fields: inout ResponseFields) {
        if let next { fields.append(.link, "<\(next)>; rel=\"next\"") }
        if let count { fields.append(.tandemCount, count) }
    }
}

extension Response {
    /// A list as JSON, or as the table that the asker would rather have.
    static func list(_ list: JSON, as form: AnswerForm) -> Response {
        var fields: ResponseFields = [.vary: "Accept"]
        guard form.isTable else {
            return Response(fields: fields, body: JSONWriter.encode(list) + [UInt8(ascii: "\n")])
        }
        let table = ListTable(of: list)
        table.tell(in: &fields)
        return Response(contentType: ListTable.contentType, fields: fields, body: table.bytes)
    }
}
