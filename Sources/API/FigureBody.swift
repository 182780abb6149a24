internal import HTTPServer
internal import HTTPTypes
internal import Metrics

/// How an asker would have a figure.
struct AnswerForm: Hashable, Sendable {
    /// As CSV.
    let isTable: Bool
    /// As gzip.
    let isGzip: Bool

    init(of request: borrowing Request) {
        isTable = request.field(.accept).map { $0.lowercased().contains("text/csv") } ?? false
        isGzip = request.prefersGzip
    }
}

/// A figure as it goes out in one form.
struct FigureBody: Sendable {
    let bytes: [UInt8]
    private let isTable: Bool
    private let isGzip: Bool
    private let tag: Int64

    /// An answer in the form that is asked for.
    init(_ answer: Answer, _ form: AnswerForm) {
        let plain = form.isTable ? CSVWriter.table(of: answer.json) : answer.bytes
        isTable = form.isTable
        (bytes, isGzip) = form.isGzip ? Response.gzip(plain) : (plain, false)
        // Each form is another row of bytes, and so has another tag (RFC 9110 §8.8.3.3).
        tag = answer.tag ^ (isTable ? 2 : 0) ^ (isGzip ? 4 : 0)
    }

    /// The figure, or that the asker has it already.
    func response(ifNoneMatch: ArraySlice<UInt8>?) -> Response {
        var fields: ResponseFields = [.vary: "Accept, Accept-Encoding"]
        if let ifNoneMatch, EntityTag.isKnown(tag, in: ifNoneMatch) {
            return Response(.notModified, contentType: nil, fields: fields, version: tag)
        }
        if isGzip { fields.append(.contentEncoding, "gzip") }
        return Response(
            contentType: isTable ? "text/csv; charset=utf-8" : "application/json", fields: fields, version: tag,
            body: bytes, mayCompress: false)
    }
}
