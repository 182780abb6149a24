import Foundation
import JSON
import Testing

@Suite("A search")
struct SearchTests {
    let server: RunningServer

    init() throws {
        server = try RunningServer(["--open"])
        for lead in [
            #"{"name":"Ada Nowak","email":"ada@north.example","company":"Nordlicht","custom":{"plan":"gold","seats":5,"big":9007199254740992}}"#,
            #"{"name":"Jürgen Müller","company":"Grüne Wärme AG","custom":{"plan":"silver","seats":"12"}}"#,
            #"{"name":"Adam Berg","stage":"mql","custom":{"seats":40,"trial":true,"big":9007199254740993},"external_ids":{"hubspot":"77"}}"#,
            #"{"name":"Mo Adams","email":"mo@south.example","stage":"mql","external_ids":{"hubspot":"78","crm":"A 1"}}"#,
            #"{"name":"Émile Zola","custom":{"note":"Ada is not his name"}}"#,
        ] { _ = try server.make("leads", lead) }
    }

    private func names(_ query: String) throws -> [String] {
        (try server.get("/v1/leads?\(query)")["data"]?.elements ?? []).compactMap {
            $0["name"]?.text?.split(separator: " ").first.map(String.init)
        }
    }

    /// A query, and the first names of who is found, in order.
    static let found: [(query: String, names: [String])] = [
        ("q=ada", ["Ada", "Adam", "Mo"]), ("q=ADA", ["Ada", "Adam", "Mo"]), ("q=adam", ["Adam", "Mo"]),
        ("q=adams", ["Mo"]), ("q=dam", []), ("q=ada%20now", ["Ada"]), ("q=now+ada", ["Ada"]),
        ("q=ada&q=berg", ["Adam"]),
        ("q=ada%20zola", []), ("q=example", ["Ada", "Mo"]), ("q=mo@south.example", ["Mo"]), ("q=nordl", ["Ada"]),
        ("q=m%C3%BCller", ["Jürgen"]), ("q=M%C3%9CLL", ["Jürgen"]), ("q=w%C3%A4rme%20ag", ["Jürgen"]),
        ("q=%C3%A9mile", ["Émile"]), ("q=ada&stage=mql", ["Adam", "Mo"]), ("q=ada&stage.ne=mql", ["Ada"]),
        ("q=ada&sort=-name", ["Mo", "Adam", "Ada"]), ("q=ada&sort=email", ["Adam", "Ada", "Mo"]),
        ("q=ada&custom.seats.gte=5", ["Ada", "Adam"]), ("q=a", ["Ada", "Jürgen", "Adam", "Mo"]),
        ("custom.plan=gold", ["Ada"]), ("custom.plan.in=gold,silver", ["Ada", "Jürgen"]),
        ("custom.plan.ne=gold", ["Jürgen", "Adam", "Mo", "Émile"]), ("custom.plan=null", ["Adam", "Mo", "Émile"]),
        ("custom.plan.ne=null", ["Ada", "Jürgen"]), ("custom.plan=Gold", []), ("custom.seats=5", ["Ada"]),
        ("custom.seats=12", ["Jürgen"]), ("custom.seats.gte=5", ["Ada", "Adam"]), ("custom.seats.gt=5", ["Adam"]),
        ("custom.seats.lt=40", ["Ada"]), ("custom.seats.lte=40", ["Ada", "Adam"]), ("custom.trial=true", ["Adam"]),
        ("external_ids.hubspot=77", ["Adam"]), ("external_ids.hubspot.in=77,78", ["Adam", "Mo"]),
        ("external_ids.crm=A%201", ["Mo"]), ("external_ids.crm=null&stage=mql", ["Adam"]),
        ("external_ids.hubspot.ne=null", ["Adam", "Mo"]), ("external_ids.hubspot=7", []),
        ("custom.nothing=null&q=berg", ["Adam"]), ("custom.big=9007199254740992", ["Ada"]),
        ("custom.big.in=9007199254740993,7", ["Adam"]), ("custom.big.ne=9007199254740993&custom.big.ne=null", ["Ada"]),
        ("custom.big.gte=9007199254740992", ["Ada", "Adam"]), ("custom.big=9007199254740994", []),
    ]

    @Test("finds whose words begin with every word, beside filters and orders", .timeLimit(.minutes(10)))
    func finding() throws {
        for (query, expected) in Self.found {
            #expect(try names(query) == expected, "\(query)")
            let count = try server.get("/v1/leads?\(query)&count=true&limit=1")["count"]
            #expect(count?.wholeNumber == Int64(expected.count), "\(query): count is of all, not of the page")
        }
        #expect(try server.get("/v1/leads?q=ada&count=false")["count"] == nil)
    }

    @Test("is walked by its cursors, each record once and in order", .timeLimit(.minutes(10)))
    func cursors() throws {
        for number in 0..<20 {
            _ = try server.make("accounts", #"{"name":"Ada \#(number % 4)","region":"R\#(number % 2)"}"#)
        }
        for (query, count) in [
            ("q=ada", 20), ("q=ada&sort=-name", 20), ("q=ada%203", 5), ("q=ada&region=R1&sort=name,-created_at", 10),
            ("q=ada&region=R1&count=true", 10),
        ] {
            let all = try server.get("/v1/accounts?\(query)&limit=500")["data"]?.elements ?? []
            #expect(all.count == count, "\(query)")
            #expect(try server.pages("/v1/accounts?\(query)&limit=3") == all, "\(query)")
        }
    }

    @Test("finds what a record became, and no longer what it was", .timeLimit(.minutes(10)))
    func changes() throws {
        let id = try server.make("leads", #"{"name":"Before Word","external_ids":{"crm":"1"}}"#)
        try server.patch("/v1/leads/\(id)", #"{"name":"After Word","external_ids":{"crm":"2"}}"#)
        for (query, names) in [
            ("q=before", []), ("q=after", ["After"]), ("q=word", ["After"]), ("external_ids.crm=1", []),
            ("external_ids.crm=2", ["After"]),
        ] { #expect(try self.names(query) == names, "\(query)") }
        try server.delete("/v1/leads/\(id)")
        #expect(try names("q=word") == [])
        #expect(try names("external_ids.crm=2") == [])
    }

    @Test(
        "that cannot be is 400 and says why", .timeLimit(.minutes(10)),
        arguments: [
            ("/v1/touches?q=ada", "q", "touches have no words to search"), ("/v1/leads?q=", "q", "must have a word"),
            ("/v1/leads?q=%20-%20", "q", "must have a word"), ("/v1/leads?count=yes", "count", "must be true or false"),
            ("/v1/leads?custom.x.gte=null", "custom.x.gte", "null is compared with = and .ne alone"),
            ("/v1/leads?custom=x", "custom", "there is no custom here"),
        ])
    func nonsense(path: String, parameter: String, says: String) throws {
        let answer = try server.curl(path)
        #expect(answer.status == 400)
        #expect(answer.field("Content-Type") == "application/problem+json")
        let error = try #require(try answer.json()["errors"]?.elements?.first)
        #expect(error["parameter"]?.text == parameter)
        #expect(error["detail"]?.text?.hasPrefix(says) == true, "\(error)")
    }
}
