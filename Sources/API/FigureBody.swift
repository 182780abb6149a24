internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Metrics

/// How an asker would have a figure.
struct AnswerForm: Hashable, Sendable {
    /// As CSV.
    let isTable: Bool
    /// As gzip.
    let isGzip: Bool

    init(of request: borrowing Request) {
        isTable = request.field(.accept).map(Self.prefersTable) ?? false
        isGzip = request.prefersGzip
    }

    /// Whether of what an `Accept` field takes CSV is liked best, or as well and named first (RFC 9110 §12.5.1).
    static func prefersTable(_ field: String) -> Bool {
        var best = (isTable: false, quality: 0.0)
        for range in field.lowercased().split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let type = parts.first, ["text/csv", "application/json", "application/*", "*/*"].contains(type) else {
                continue
            }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
            let quality = weight.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if quality > best.quality { best = (type == "text/csv", quality) }
        }
        return best.isTable
    }
}

/// A figure as it goes out in one form.
struct FigureBody: Sendable {
    let bytes: [UInt8]
    private let table: ListTable?
    private let isGzip: Bool
    private let tag: Int64

    /// An answer in the form that is asked for.
    init(_ answer: Answer, _ form: AnswerForm, groupedBy dimensions: [Dimension]) {
        table = form.isTable ? ListTable(of: answer.json, groupedBy: dimensions) : nil
        let plain = table?.bytes ?? answer.bytes
        (bytes, isGzip) = form.isGzip ? Response.gzip(plain) : (plain, false)
        // Each form is another row of bytes, and so has another tag (RFC 9110 §8.8.3.3).
        tag = answer.tag ^ (form.isTable ? 2 : 0) ^ (isGzip ? 4 : 0)
    }

    /// The figure, or that the asker has it already.
    func response(ifNoneMatch: ArraySlice<UInt8>?) -> Response {
        var fields: ResponseFields = [.vary: "Accept, Accept-Encoding"]
        if let ifNoneMatch, EntityTag.isKnown(tag, in: ifNoneMatch) {
            return Response(.notModified, contentType: nil, fields: fields, version: tag)
        }
        if isGzip { fields.append(.contentEncoding, "gzip") }
        table?.tell(in: &fields)
        return Response(
            contentType: table == nil ? "application/json" : ListTable.contentType, fields: fields, version: tag,
            body: bytes, mayCompress: false)
    }
}
