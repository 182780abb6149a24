import JSON
import Store
import TestSupport
import Testing

@testable import Domain

@Suite("What is posted")
struct PostedTests {
    private static let leadID = "lead_01jd0000000000000000000000"

    @Test(
        "is read from its bytes as from a value",
        arguments: [
            #"{"type":"visit","lead_id":"\#(leadID)","occurred_at":"2026-01-31T09:00:00Z"}"#,
            " {\t\"type\" : \"visit\" ,\r\n \"visitor_id\":\"v\" } \n",
            #"{"type":"visit","visitor_id":null,"links":3,"custom":{"a":1,"b":[]}}"#,
            #"{"type":"visit","custom":{"a":1,"a":2}}"#,
            #"{"type":"visit","utm":{"source":"x","medium":"email"}}"#,
            #"{"type":"visit","visitor_id":"a\u0041\n"}"#,
            #"{"ty\u0070e":"visit"}"#,
            "{\"type\":\"visit\",\"visitor_id\":\"Zoë\"}",
            "{\"type\":\"visit\",\"visitor_id\":\"a\u{7F}\"}",
            "{\"type\":\"visit\",\"visitor_id\":\"a\u{1}\"}",
            #"{"type":"visit","type":"click"}"#,
            #"{"type":"visits"}"#,
            #"{"type":7}"#,
            #"{"type":"visit","campaing_id":null}"#,
            #"{"type":"visit","lead_id":"campaign_01jd0000000000000000000000"}"#,
            #"{"type":"visit","occurred_at":"tomorrow"}"#,
            #"{"type":"visit","suspected_bot":true}"#,
            #"{"type":"visit","id":"touch_01jd0000000000000000000000"}"#,
            #"{"type":" "}"#, "{}", "[]", "7", "", "{", #"{"type"}"#, #"{"type":}"#, #"{"type":"visit""#,
            #"{"type":"visit",}"#, #"{,"type":"visit"}"#, #"{"type":"visit"} {}"#, #"{"type":"vis"#, #"{"typ"#,
        ])
    func cases(text: String) { Self.compare(Array(text.utf8)) }

    @Test("is read from bytes as from a value, whatever becomes of some of them")
    func mutations() {
        let text =
            #"{"lead_id":"\#(Self.leadID)","campaign_id":null,"type":"email_click","url":"/a?b=1","links":12,"#
            + #""utm":{"source":"x"},"custom":{"n":1.5,"t":"é"},"occurred_at":"2026-01-31T09:00:00.250+01:00"}"#
        var random = SplitMix(seed: 5)
        for _ in 0..<4_000 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = bytes.indices.randomElement(using: &random) ?? 0
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(Array("{}[]\":,\\ 0n\u{7F}".utf8).randomElement(using: &random) ?? 0, at: place)
                default: bytes[place] = UInt8.random(in: 0...255, using: &random)
                }
            }
            Self.compare(bytes)
        }
    }

    private static func compare(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let whole = Result { () throws(JSONFault) in Posted(Touch.self, try JSONParser.parse(bytes)) }
        let plain = Result { () throws(JSONFault) in try Posted(Touch.self, reading: bytes) }
        switch (whole, plain) {
        case (.success(let whole), .success(let plain)):
            #expect(plain.values == whole.values, "\(text)")
            #expect(plain.faults == whole.faults, "\(text)")
            #expect(plain.given == whole.given, "\(text)")
        case (.failure(let whole), .failure(let plain)): #expect("\(plain)" == "\(whole)", "\(text)")
        default: Issue.record("\(text) is \(whole) and \(plain)")
        }
    }
}
