internal import Domain
internal import JSON

/// Writes answers as tables (RFC 4180): one line for each object, parts of parts in columns of their own.
enum CSVWriter {
    /// The table of an answer: its groups, its data or what it has of each department, with the stages of a funnel, the
    /// months of a cohort and the changes of an entry told line by line; of a figure without groups, the figure itself.
    ///
    /// - Parameter dimensions: what its groups are by; where there are none, they alone and what the figure tells of itself
    ///   name the columns.
    static func table(of answer: JSON, groupedBy dimensions: [String] = []) -> [UInt8] {
        let lists = [["groups"], ["data"], Words.departments].map { names in names.compactMap { answer[$0]?.elements } }
        let list = lists.first { !$0.isEmpty }.map { $0.flatMap(\.self) }
        if list?.isEmpty ?? false, !dimensions.isEmpty { return head(of: answer, groupedBy: dimensions) }
        return encode((list ?? [answer]).flatMap(lines))
    }

    private static func head(of answer: JSON, groupedBy dimensions: [String]) -> [UInt8] {
        let own = (answer.members ?? []).drop { $0.name != "value" }.filter {
            !["groups", "total", "previous"].contains($0.name)
        }
        return Array(line(dimensions.map { "key.\($0)" } + flat(.object(Array(own)), under: "").map(\.name)).utf8)
    }

    private static func lines(of object: JSON) -> [JSON] {
        guard let members = object.members,
            let list = members.first(where: { ["stages", "months", "changes"].contains($0.name) }),
            let parts = list.value.elements
        else { return [object] }
        let others = members.filter { $0.name != list.name }
        return parts.map { .object(others + ($0.members ?? [])) }
    }

    /// Objects as a table, with a column for each member that any of them has; without any there is nothing to name.
    private static func encode(_ objects: [JSON]) -> [UInt8] {
        if objects.isEmpty { return [] }
        let rows = objects.map { flat($0, under: "") }
        var columns: [String] = []
        var known: Set<String> = []
        for row in rows { for cell in row where known.insert(cell.name).inserted { columns.append(cell.name) } }
        // Money that is null in some lines has its amount and currency in the others, and no column of its own.
        let parents = Set(
            columns.flatMap { name in name.indices.filter { name[$0] == "." }.map { String(name[..<$0]) } })
        columns.removeAll { name in
            parents.contains(name) && rows.allSatisfy { row in row.allSatisfy { $0.name != name || $0.text.isEmpty } }
        }
        var text = line(columns)
        for row in rows {
            let cells = Dictionary(row.map { ($0.name, $0.text) }, uniquingKeysWith: { first, _ in first })
            text += line(columns.map { cells[$0] ?? "" })
        }
        return Array(text.utf8)
    }

    private static func flat(_ json: JSON, under name: String) -> [(name: String, text: String)] {
        switch json {
        case .object(let members):
            members.flatMap { flat($0.value, under: name.isEmpty ? $0.name : "\(name).\($0.name)") }
        default: [(name, text(of: json))]
        }
    }

    /// What stands in a cell for a value.
    static func text(of json: JSON) -> String {
        switch json {
        case .null: ""
        case .string(let text): text
        default: String(decoding: JSONWriter.encode(json), as: UTF8.self)
        }
    }

    /// Cells as a line.
    static func line(_ cells: [String]) -> String { cells.map(quoted).joined(separator: ",") + "\r\n" }

    private static func quoted(_ cell: String) -> String {
        var cell = cell
        // A spreadsheet takes a text that begins so for a formula.
        if let first = cell.utf8.first,
            "=@\t\r".utf8.contains(first) || "+-".utf8.contains(first) && Double(cell) == nil
        {
            cell = "'" + cell
        }
        guard cell.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return cell }
        return "\"" + cell.replacing("\"", with: "\"\"") + "\""
    }
}
