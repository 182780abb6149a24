import JSON
import Testing

@testable import API

@Suite("The form of an answer")
struct AnswerFormTests {
    @Test(
        "is a table where that is liked best, or as well and named first",
        arguments: [
            ("text/csv", true), ("Text/CSV; charset=utf-8", true), ("text/csv, */*;q=0.1", true),
            ("text/csv, application/json", true), ("application/json;q=0.5,text/csv", true), ("text/csv;q=0.001", true),
            ("application/json, text/csv", false), ("application/json, text/csv;q=0.1", false), ("*/*", false),
            ("text/csv;q=0, application/json", false), ("text/csv;q=0", false), ("text/csv;q=x", false), ("", false),
            (",;q=1,", false), ("text/html", false), ("text/csvx", false),
        ])
    func accept(field: String, isTable: Bool) {
        #expect(AnswerForm.prefersTable(field) == isTable)
    }

    @Test("has the same columns for money whether some of it is null, and one for what is null in all")
    func money() {
        let groups: [JSON] = [
            ["month": "01", "value": ["amount": 5, "currency": "EUR"], "reason": .null],
            ["month": "02", "value": .null, "reason": .null],
        ]
        let table = String(decoding: CSVWriter.table(of: ["groups": .array(groups)]), as: UTF8.self)
        #expect(table == "month,value.amount,value.currency,reason\r\n01,5,EUR,\r\n02,,,\r\n")
    }
}
