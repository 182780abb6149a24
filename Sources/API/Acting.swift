internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Store

/// `POST /v1/{resource}/{id}/{action}`, the same for every declared action.
struct Acting: Sendable {
    let service: Service
    let action: Action
    let schema: Schema

    /// Does the action and answers with the record that it is about, or that it made.
    func act(_ request: borrowing Request) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        let id = request.parameter("id")
        // An action without a word to say needs no body.
        let input = request.body.isEmpty ? .object([]) : try request.json()
        let condition = try EntityTag.condition(of: request)
        return try service.write(
            request, author: author, status: action.makesRecord ? .created : .ok
        ) { transaction throws(Refusal) in
            let record = try Service.record(schema, id, in: transaction)
            return try action.run(on: record, input, if: condition, in: &transaction)
        }
    }
}
