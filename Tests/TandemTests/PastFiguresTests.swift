import Foundation
import JSON
import Testing

@Suite("Figures of the past, by curl", .timeLimit(.minutes(5)))
struct PastFiguresTests {
    /// What was asked as of July, and what was done since; figures of July know nothing of it.
    private struct Case: CustomTestStringConvertible {
        let figure: String
        /// Addresses and bodies, of which `$` is the last id made.
        let before: [(String, String)]
        let since: [(String, String)]
        var testDescription: String { figure }
    }

    private static let user = ("users", #"{"name":"Raj","role":"sales_representative"}"#)
    private static let deal = (
        "deals",
        #"{"name":"D","opened_at":"2024-05-01T00:00:00Z","amount":{"amount":100,"currency":"EUR"}}"#
    )
    private static let agreement =
        #"{"name":"A","effective_from":"2024-05-01","marketing":{"leads_per_month":31},"sales":{"answer_within_minutes":60,"contact_within_minutes":60}}"#

    private static func signed(_ at: String) -> [(String, String)] {
        ["sales", "marketing"].map { ("agreements/$/sign", #"{"department":"\#($0)"\#(at)}"#) }
    }

    private static let cases = [
        Case(
            figure: "objections_answered",
            before: [
                deal, ("objections", #"{"deal_id":"$","category":"price","raised_at":"2024-05-02T00:00:00Z"}"#),
                ("objections/$/answer", #"{"answer":"x","at":"2024-05-03T00:00:00Z"}"#),
            ], since: [("objections/$/answer", #"{"answer":"again","is_satisfied":true}"#)]),
        Case(
            figure: "inquiry_answer_minutes",
            before: [
                ("inquiries", #"{"name":"Ada","channel":"email","received_at":"2024-05-02T00:00:00Z"}"#),
                ("inquiries/$/answer", #"{"answer":"x","at":"2024-05-02T01:00:00Z"}"#),
            ],
            since: [
                ("inquiries/$/reopen", #"{"at":"2024-05-03T00:00:00Z"}"#),
                ("inquiries/$/answer", #"{"answer":"y","at":"2024-05-04T00:00:00Z"}"#), ("inquiries/$/reopen", "{}"),
            ]),
        Case(
            figure: "first_contact_minutes",
            before: [("agreements", agreement)] + signed(#","at":"2024-05-01T00:00:00Z""#) + [
                user, ("leads", #"{"name":"Ada","stage":"mql","captured_at":"2024-05-02T00:00:00Z"}"#),
                (
                    "activities",
                    #"{"lead_id":"$","user_id":"$user","type":"call","direction":"outbound","occurred_at":"2024-05-20T00:00:00Z"}"#
                ),
                ("handoffs", #"{"lead_id":"$lead","to":"$user","submitted_at":"2024-05-03T00:00:00Z"}"#),
            ], since: [("handoffs/$/accept", "{}")]),
        Case(
            figure: "agreement_compliance",
            before: [("agreements", agreement)] + signed(#","at":"2024-05-01T00:00:00Z""#),
            since: [("agreements", agreement.replacing(":31", with: ":310").replacing("05-01", with: "05-10"))]
                + signed("")),
        // Narrowed by what was so then.
        Case(
            figure: "deals_lost?stage.in=lost&lost_category=price&closed_at.lt=2024-06-01",
            before: [deal, ("deals/$/lose", #"{"reason":"r","category":"price","at":"2024-05-09T00:00:00Z"}"#)],
            since: [("deals/$/reopen", #"{"reason":"z"}"#), ("deals/$/lose", #"{"reason":"s","category":"timing"}"#)]),
        Case(
            figure: "objections?status=open&answered_at=null",
            before: [deal, ("objections", #"{"deal_id":"$","category":"price","raised_at":"2024-05-02T00:00:00Z"}"#)],
            since: [("objections/$/answer", #"{"answer":"x"}"#)]),
        Case(
            figure: "inquiry_answer_minutes?status=answered&answered_at.lt=2024-05-03",
            before: [
                ("inquiries", #"{"name":"Ada","channel":"email","received_at":"2024-05-02T00:00:00Z"}"#),
                ("inquiries/$/answer", #"{"answer":"x","at":"2024-05-02T01:00:00Z"}"#),
            ], since: [("inquiries/$/reopen", "{}"), ("inquiries/$/answer", #"{"answer":"y"}"#)]),
        Case(
            figure: "objections?is_satisfied=true",
            before: [
                deal, ("objections", #"{"deal_id":"$","category":"price","raised_at":"2024-05-02T00:00:00Z"}"#),
                ("objections/$/answer", #"{"answer":"x","is_satisfied":true,"at":"2024-05-03T00:00:00Z"}"#),
            ], since: [("objections/$/answer", #"{"answer":"again","is_satisfied":false}"#)]),
        Case(
            figure: "inquiry_answer_minutes?is_overdue=false&due_at.lt=2024-05-03",
            before: [
                ("inquiries", #"{"name":"Ada","channel":"email","received_at":"2024-05-02T00:00:00Z"}"#),
                ("inquiries/$/answer", #"{"answer":"x","at":"2024-05-02T01:00:00Z"}"#),
            ],
            since: [
                ("inquiries/$/reopen", #"{"at":"2024-08-03T00:00:00Z"}"#),
                ("inquiries/$/answer", #"{"answer":"y","at":"2024-08-14T00:00:00Z"}"#),
            ]),
        Case(
            figure: "deals_lost?lost_to=Acme",
            before: [
                deal,
                (
                    "deals/$/lose",
                    #"{"reason":"r","category":"competitor","competitor":"Acme","at":"2024-05-09T00:00:00Z"}"#
                ),
            ],
            since: [
                ("deals/$/reopen", #"{"reason":"z"}"#),
                ("deals/$/lose", #"{"reason":"s","category":"competitor","competitor":"Other"}"#),
            ]),
        Case(
            figure: "insights_applied?status=new&settled_at=null",
            before: [("insights", #"{"kind":"feedback","quote":"q","heard_at":"2024-05-02T00:00:00Z"}"#)],
            since: [("insights/$/triage", "{}"), ("insights/$/dismiss", #"{"note":"n"}"#)]),
        Case(
            figure: "handoff_on_time?status=pending&reason_code=null",
            before: [
                user, ("leads", #"{"name":"Ada","stage":"mql","captured_at":"2024-05-02T00:00:00Z"}"#),
                ("handoffs", #"{"lead_id":"$lead","to":"$user","submitted_at":"2024-05-03T00:00:00Z"}"#),
            ], since: [("handoffs/$/reject", #"{"reason":"r","reason_code":"wrong_region"}"#)]),
    ]

    @Test("are the same whatever is done since", arguments: cases)
    private func past(_ row: Case) throws {
        let server = try RunningServer(["--open"])
        var ids: [String: String] = [:]
        var last = ""
        func run(_ steps: [(String, String)]) throws {
            for (path, body) in steps {
                func filled(_ text: String) -> String {
                    ids.reduce(text) { $0.replacing("$\($1.key)", with: $1.value) }.replacing("$", with: last)
                }
                let answer = try server.post("/v1/\(filled(path))", filled(body))
                guard let id = answer["id"]?.text, !path.contains("/") else { continue }
                last = id
                ids[String(id.prefix { $0 != "_" })] = id
            }
        }
        func ask() throws -> [JSON.Member] {
            let question = "from=2024-05-01&to=2024-06-01&as_of=2024-07-01"
            let narrowing = row.figure.contains("?") ? "&" : "?"
            let answer = try server.get("/v1/metrics/\(row.figure)\(narrowing)\(question)")
            return (answer.members ?? []).filter { !["seq", "as_of", "rows"].contains($0.name) }
        }
        try run(row.before)
        let asked = try ask()
        #expect(asked.first { $0.name == "value" }.map { $0.value != .null } == true, "\(asked)")
        try run(row.since)
        #expect(try ask() == asked)
    }
}
