import Foundation
import JSON
import Testing

@Suite("An import")
struct ImportTests {
    @Test("is refused whole where its map names a column that the file has not", .timeLimit(.minutes(10)))
    func missingColumns() throws {
        let server = try RunningServer(["--open"])
        let map = "\(server.folder.path)/map.json"
        let file = "\(server.folder.path)/t.csv"
        try "full_name,mail\nMo,mo@x.example\n".write(toFile: file, atomically: true, encoding: .utf8)
        for (members, column) in [
            (#"{"name":"fullname","email":"mail"}"#, "fullname"),
            (#"{"name":{"first_of":[{"column":"full_name"},{"column":"Name"}]}}"#, "Name"),
            (#"{"name":{"column":"full_name","when":{"kind":["x"]}}}"#, "kind"),
        ] {
            try #"{"members":\#(members)}"#.write(toFile: map, atomically: true, encoding: .utf8)
            let result = try run(
                RunningServer.binary, ["import", file, "--resource", "leads", "--map", map, "--url", server.address])
            #expect(result.status == 1 && result.errors.contains("no column \(column),"), "\(result.errors)")
        }
        #expect(try server.count("leads") == 0)
    }

    @Test("takes CSV and NDJSON into a running server, and tells every refused row", .timeLimit(.minutes(10)))
    func rows() throws {
        let server = try RunningServer()
        let key = try #require(server.key)
        func importing(_ name: String, _ text: String, _ arguments: [String] = []) throws -> (
            status: Int32, output: String
        ) {
            let file = "\(server.folder.path)/\(name)"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let all = ["import", file, "--resource", "leads", "--url", server.address] + arguments
            let result = try run(RunningServer.binary, all, environment: ["TANDEM_KEY": key])
            return (result.status, result.output)
        }
        let csv = try importing(
            "a.csv",
            "\u{FEFF}name,email\r\n\"Berg, \"\"E\"\"\",e@x.example\r\nonly one cell\r\nC,no address\r\n\"two\nlines\",\r\n"
        )
        #expect(csv.status == 1, "rows were refused")
        #expect(
            csv.output.split(separator: "\n").map(String.init) == [
                "row 2 refused: it has 1 cells, and the header 2",
                "row 3 refused: /email must be an e-mail address such as \"ada@example.com\"",
                "2 created, 0 updated, 0 unchanged, 2 refused",
            ])
        let lines = try importing(
            "b.ndjson", "{\"name\":\"N\"}\n{oops\n\n{\"name\":\"M\",\"stagee\":\"x\"}\n{\"email\":\"E@X.example\"}")
        #expect(lines.output.contains("row 2 refused: it is not JSON"))
        #expect(lines.output.contains("row 3 refused: /stagee there is no such member; did you mean \"stage\"?"))
        #expect(lines.output.contains("row 4 refused: the email of a lead is unique"))
        #expect(lines.output.hasSuffix("1 created, 0 updated, 0 unchanged, 3 refused\n"))
        // However lines end.
        for (name, end) in [("E", "\r"), ("F", "\r\n"), ("G", "\n\r\n")] {
            let ended = try importing("\(name).csv", ["name", "\(name) 1", "\(name) 2", ""].joined(separator: end))
            #expect(ended.output.hasPrefix("2 created, "), "\(ended.output)")
            let names = try server.get("/v1/leads?name.in=\(name)%201,\(name)%202")["data"]?.elements
            #expect(names?.count == 2)
        }
        // Columns that nobody maps may have one name, as a table's empty ones at its end.
        let names = "\(server.folder.path)/map.json"
        try #"{"members": {"name": "name"}}"#.write(toFile: names, atomically: true, encoding: .utf8)
        #expect(try importing("e.csv", "name,x,x,,\nMapped,1,2,,\n", ["--map", names]).output.hasPrefix("1 created"))
        #expect(try importing("f.csv", "name,name\nA,B\n", ["--map", names]).status == 1)
        // Cells are read as their members are.
        #expect(try importing("t.csv", "name,suspended\nTyped,yes\n").status == 1, "a column that is no member")
        let typed = try importing("u.csv", "name,source.channel\nTyped,search\n")
        #expect(typed.output.hasPrefix("1 created"), "\(typed.output)")
        #expect(try server.get("/v1/leads?name=Typed&source.channel=search")["data"]?.elements?.count == 1)
        // What a table of this program has before a number, so that no spreadsheet takes it for a formula.
        let guarded = try importing("d.csv", "name,phone\nGuarded,'+49 30 555\nQuoted,'tis\n")
        #expect(guarded.output.hasPrefix("2 created"))
        let table = try server.curl(
            "/v1/leads?name.in=Guarded,Quoted&fields=phone&sort=name", ["-H", "Accept: text/csv"])
        #expect(
            table.body.split(separator: "\r\n").map { $0.split(separator: ",").last } == [
                "phone", "'+49 30 555", "'tis",
            ])
        let phones = try server.get("/v1/leads?name.in=Guarded,Quoted&sort=name")["data"]?.elements ?? []
        #expect(phones.map { $0["phone"] } == ["+49 30 555", "'tis"])
        let map = "\(server.folder.path)/map.json"
        try #"{"key":"email","members":{"name":"who","email":"mail","source.channel":{"constant":"event"}}}"#.write(
            toFile: map, atomically: true, encoding: .utf8)
        for expected in ["1 created, 0 updated, 0 unchanged", "0 created, 0 updated, 1 unchanged"] {
            let mapped = try importing("c.csv", "who,mail\nMo,mo@x.example\n", ["--map", map])
            #expect(mapped.output.contains(expected))
        }
        let found = try JSONParser.parse(Array(try server.curl("/v1/leads?source.channel=event&fields=name").body.utf8))
        #expect(found["data"]?.elements?.first?["name"] == "Mo")
    }

    @Test("takes the rows around one that is none, and a list of its own back as it was", .timeLimit(.minutes(10)))
    func brokenRows() throws {
        let server = try RunningServer(["--open"])
        let file = "\(server.folder.path)/t.csv"
        func importing(_ bytes: [UInt8]) throws -> (status: Int32, output: String, errors: String) {
            try Data(bytes).write(to: URL(fileURLWithPath: file))
            return try run(
                RunningServer.binary, ["import", file, "--resource", "leads", "--url", server.address])
        }
        var bytes = Array("name,email,tags\nA,a@x.example,x\nM".utf8) + [0xFC]
        bytes += Array(
            "ller,m@x.example,y\n\"B\" ,b@x.example,z\n\"C, \"\"c\"\"\",c@x.example,\"p\nq\"\n\"D,d@x.example,r\n".utf8)
        let result = try importing(bytes)
        #expect(
            result.output.split(separator: "\n").map(String.init) == [
                "row 2 refused: line 3: a cell that is not UTF-8",
                "row 3 refused: line 4: text behind the closing quote of a cell",
                "row 5 refused: line 8: a quoted cell has no end", "2 created, 0 updated, 0 unchanged, 3 refused",
            ], "\(result)")
        #expect(result.status == 1)
        let header = try importing(Array("na".utf8) + [0xFC] + Array("me\nA\n".utf8))
        #expect(header.status == 1 && header.errors.contains("line 1, the header: "), "\(header)")

        // What a list tells as CSV makes the same records elsewhere.
        _ = try server.post("/v1/leads", #"{"name":"T","email":"t@x.example","tags":["u;v","w"]}"#)
        let table = try server.curl(
            "/v1/leads?fields=name,email,tags&sort=created_at", ["-H", "Accept: text/csv"]
        ).body
        let other = try RunningServer(["--open"])
        try table.write(toFile: file, atomically: true, encoding: .utf8)
        let map = "\(server.folder.path)/map.json"
        let members = #"{"name":"name","email":"email","tags":"tags"}"#
        try #"{"members":\#(members)}"#.write(toFile: map, atomically: true, encoding: .utf8)
        let again = try run(
            RunningServer.binary, ["import", file, "--resource", "leads", "--map", map, "--url", other.address])
        #expect(again.status == 0, "\(again)")
        for (name, tags) in [("A", ["x"]), ("T", ["u;v", "w"])] {
            let found = try other.get("/v1/leads?name=\(name)")["data"]?.elements?.first?["tags"]
            #expect(found == .array(tags.map { .string($0) }))
        }
    }
}
