import Domain
import JSON
import Store

extension Record {
    /// The id as another record's member refers to it.
    var ref: JSON { .string(idText) }

    /// The record as a client reads it.
    var json: JSON {
        do throws(JSONFault) { return try JSONParser.parse(encoded) } catch {
            preconditionFailure("a record is not JSON: \(error)")
        }
    }

    /// The stages entered, with `~` before those implied.
    var walk: [String] { StageEntry.all(of: self).map { ($0.isImplied ? "~" : "") + $0.stage } }
}
