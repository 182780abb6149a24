import Foundation
import JSON

/// A map as it is kept in a file.
///
/// `"values_from": {"file", "key", "value"}` stands for `"values"` out of a CSV file beside the imported one, so that a
/// price list need not be copied into the map.
enum MapFile {
    /// The map by which columns become the members of their names, read as those are: cells are texts.
    static func ofSameNames(_ columns: [String]) -> JSON {
        ["members": .object(columns.map { .init($0, .string($0)) })]
    }

    /// Reads a map; tables that it names are looked for in `folder`.
    ///
    /// - Throws: ``Failure`` in one clear line.
    static func read(_ path: String, tablesIn folder: String) throws -> JSON {
        guard let data = FileManager.default.contents(atPath: path) else { throw Failure("\(path) cannot be read") }
        let map: JSON
        do throws(JSONFault) { map = try JSONParser.parse(Array(data)) } catch { throw Failure("\(path): \(error)") }
        return try resolved(map, folder)
    }

    /// The columns that a map takes values from or looks at.
    static func columns(of map: JSON) -> [String] {
        (map["members"]?.members ?? []).flatMap { columns(ofSource: $0.value) }
    }

    private static func columns(ofSource source: JSON) -> [String] {
        if let column = source.text { return [column] }
        if let several = source["first_of"]?.elements { return several.flatMap(columns(ofSource:)) }
        return [source["column"]?.text].compactMap(\.self) + (source["when"]?.members ?? []).map(\.name)
    }

    private static func resolved(_ json: JSON, _ folder: String) throws -> JSON {
        switch json {
        case .array(let elements): return .array(try elements.map { try resolved($0, folder) })
        case .object(let members):
            return .object(
                try members.map { member in
                    guard member.name == "values_from" else {
                        return .init(member.name, try resolved(member.value, folder))
                    }
                    return .init("values", try table(member.value, folder))
                })
        default: return json
        }
    }

    private static func table(_ json: JSON, _ folder: String) throws -> JSON {
        guard let file = json["file"]?.text, let key = json["key"]?.text, let value = json["value"]?.text else {
            throw Failure("values_from must be {\"file\", \"key\", \"value\"}")
        }
        var rows = try Rows(path: "\(folder)/\(file)")
        var values: [JSON.Member] = []
        var names: Set<String> = []
        while let batch = try rows.nextBatch() {
            for row in batch.rows {
                guard let name = row[key]?.text, let cell = row[value] else {
                    throw Failure("\(file) has no columns \(key) and \(value)")
                }
                guard names.insert(name).inserted else { throw Failure("\(file) has \"\(name)\" twice as \(key)") }
                values.append(.init(name, cell))
            }
        }
        return .object(values)
    }
}
