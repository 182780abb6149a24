import Foundation
import JSON
import Testing

/// A mail server of Python, on a port of its own: it tells each mail as a line of JSON, and refuses whom it is told to.
private final class PythonMailServer {
    private let process = Process()
    private var lines: LineReader
    let port: String

    private static let script = #"""
        import json, socket, sys
        listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen(8)
        print(listener.getsockname()[1], flush=True)
        while True:
            client, _ = listener.accept()
            stream = client.makefile("rwb", buffering=0)
            say = lambda line: stream.write((line + "\r\n").encode())
            say("220 test"); mail = {}
            for line in stream:
                word = line.strip().decode(); verb = word.upper()
                if verb.startswith("EHLO"): say("250 test")
                elif verb.startswith("MAIL"): mail["from"] = word[10:]; say("250 ok")
                elif verb.startswith("RCPT"):
                    mail["to"] = word[8:]
                    say("550 nobody of that name" if "nobody" in word else "451 later" if "full" in word else "250 ok")
                elif verb == "DATA":
                    say("354 go on"); body = b""
                    for part in stream:
                        if part == b".\r\n": break
                        body += part
                    mail["body"] = body.decode(); print(json.dumps(mail), flush=True); say("250 ok")
                elif verb == "QUIT": say("221 bye"); break
                else: say("250 ok")
            client.close()
        """#

    init() throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.script]
        let output = Pipe()
        process.standardOutput = output
        // What it would hold open is waited for by who runs the tests.
        process.standardError = FileHandle(forWritingAtPath: "/dev/null")
        try process.run()
        lines = LineReader(output.fileHandleForReading)
        let first = lines.next()
        port = try #require(first)
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Waits for the next mail.
    func mail() throws -> JSON {
        let line = lines.next()
        return try JSONParser.parse(Array(try #require(line).utf8))
    }
}

@Suite("Mails of nurtures", .timeLimit(.minutes(5)))
struct MailTests {
    private func send(to email: String, on server: RunningServer, subject: String = "Grüße & Preise") throws -> String {
        let content = try server.make(
            "contents", #"{"title": "Why it pays", "kind": "article", "url": "https://x.example/why"}"#)
        let nurture = try server.make(
            "nurtures",
            #"{"name": "N", "status": "active", "steps": [{"kind": "send", "content_id": "\#(content)", "subject": "\#(subject)"}]}"#
        )
        let lead = try server.make(
            "leads", #"{"name": "Ada", "email": "\#(email)", "consent": {"email": "granted"}}"#)
        try server.post("/v1/nurtures/\(nurture)/enroll", #"{"lead_id": "\#(lead)"}"#)
        return lead
    }

    /// Asks until what was sent to a lead is no longer queued.
    private func delivered(_ lead: String, on server: RunningServer) throws -> JSON {
        while true {
            let touch = try server.get("/v1/touches?lead_id=\(lead)")["data"]?.elements?.first
            if let touch, touch["delivery"] != "queued" { return touch }
        }
    }

    @Test("go out by SMTP once, and what the server refuses for good is written down")
    func sent() throws {
        let mails = try PythonMailServer()
        let server = try RunningServer(["--smtp-url", "smtp://127.0.0.1:\(mails.port)", "--smtp-from", "us@x.example"])
        let lead = try send(to: "ada@x.example", on: server)
        let mail = try mails.mail()
        #expect(mail["from"] == "<us@x.example>")
        #expect(mail["to"] == "<ada@x.example>")
        let body = mail["body"]?.text ?? ""
        let touch = try delivered(lead, on: server)
        #expect(touch["delivery"] == "sent")
        #expect(body.contains("Message-ID: <\(touch["id"]?.text ?? "-")@x.example>\r\n"))
        #expect(body.contains("Subject: =?utf-8?B?\(Data("Grüße & Preise".utf8).base64EncodedString())?=\r\n"))
        let text = body.components(separatedBy: "\r\n\r\n").last.flatMap {
            Data(base64Encoded: $0, options: .ignoreUnknownCharacters)
        }
        #expect(
            text.map { String(decoding: $0, as: UTF8.self) } == "Hello Ada,\n\nWhy it pays\nhttps://x.example/why\n")
        let refused = try delivered(try send(to: "nobody@x.example", on: server), on: server)
        #expect(refused["delivery"] == "failed")
        #expect(refused["delivery_failure"]?.text?.hasSuffix("550") == true)
        #expect(server.stop() == 0)
        // It would end after its last use.
        withExtendedLifetime(mails) {}
    }

    @Test("wait each by itself where the mail server puts one off")
    func putOff() throws {
        let mails = try PythonMailServer()
        let server = try RunningServer(["--smtp-url", "smtp://127.0.0.1:\(mails.port)", "--smtp-from", "us@x.example"])
        let full = try send(to: "full@x.example", on: server)
        let ada = try send(to: "ada@x.example", on: server)
        #expect(try mails.mail()["to"] == "<ada@x.example>")
        #expect(try delivered(ada, on: server)["delivery"] == "sent")
        let waiting = try server.get("/v1/touches?lead_id=\(full)")["data"]?.elements ?? []
        #expect(waiting.map { $0["delivery"] } == ["queued"])
        withExtendedLifetime(mails) {}
    }

    @Test("wait where the mail server is away, and go out after a restart")
    func away() throws {
        let server = try RunningServer(["--smtp-url", "smtp://127.0.0.1:1", "--smtp-from", "us@x.example"])
        let lead = try send(to: "ada@x.example", on: server)
        while try server.get("/v1/touches?lead_id=\(lead)")["data"]?.elements?.isEmpty ?? true {}
        server.kill()
        let mails = try PythonMailServer()
        let again = try RunningServer(
            ["--smtp-url", "smtp://127.0.0.1:\(mails.port)", "--smtp-from", "us@x.example"], in: server.folder)
        #expect(try mails.mail()["to"] == "<ada@x.example>")
        while try again.curl("/v1/touches?lead_id=\(lead)", as: server.key).json()["data"]?.elements?.first?["delivery"]
            == "queued"
        {}
        withExtendedLifetime(mails) {}
    }

    @Test("are somebody else's to deliver where there is no mail server, once")
    func byHand() throws {
        let server = try RunningServer()
        let lead = try send(to: "ada@x.example", on: server)
        while try server.get("/v1/touches?delivery=queued&count=true")["count"] == 0 {}
        let touch = try #require(try server.get("/v1/touches?lead_id=\(lead)")["data"]?.elements?.first?["id"]?.text)
        #expect(try server.post("/v1/touches/\(touch)/deliver")["delivery"] == "sent")
        #expect(try server.curl("/v1/touches/\(touch)/deliver", ["-X", "POST"]).status == 409)
    }

    @Test(
        "are not set up by halves",
        arguments: [
            ["--smtp-url", "smtp://x"], ["--smtp-from", "a@x.example"],
            ["--smtp-url", "http://x", "--smtp-from", "a@x.example"],
            ["--smtp-url", "smtp://x", "--smtp-from", "a b@x.example"],
        ])
    func refused(_ arguments: [String]) throws {
        let folder = TemporaryFolder()
        let result = try run(
            RunningServer.binary, ["serve", "--listen", "127.0.0.1:0", "--data", folder.path] + arguments)
        #expect(result.status != 0)
        #expect(result.errors.contains("--smtp-"))
    }
}
