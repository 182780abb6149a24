import Testing

@testable import HTTPServer

@Suite("An address")
struct AddressTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let spelled: String?
        var isLoopback = false
        let why: String
        var testDescription: String { "\(text.debugDescription), \(why)" }
    }

    static let cases: [Case] = [
        Case(text: "127.0.0.1:8080", spelled: "127.0.0.1:8080", isLoopback: true, why: "IPv4"),
        Case(text: "127.9.9.9:1", spelled: "127.9.9.9:1", isLoopback: true, why: "all of 127 is this machine"),
        Case(text: "0.0.0.0:0", spelled: "0.0.0.0:0", why: "every address, any port"),
        Case(text: "10.0.0.1:65535", spelled: "10.0.0.1:65535", why: "the last port"),
        Case(text: "[::1]:80", spelled: "[::1]:80", isLoopback: true, why: "IPv6"),
        Case(text: "[::]:80", spelled: "[::]:80", why: "every address of IPv6"),
        Case(text: "localhost:80", spelled: "127.0.0.1:80", isLoopback: true, why: "the one name known"),
        Case(text: "unix:/run/tandem.sock", spelled: "unix:/run/tandem.sock", isLoopback: true, why: "a Unix socket"),
        Case(text: "unix:here", spelled: "unix:here", isLoopback: true, why: "a Unix socket in the folder at hand"),
        Case(text: "unix:", spelled: nil, why: "no path"),
        Case(text: "unix:" + String(repeating: "a", count: 108), spelled: nil, why: "a path too long for the system"),
        Case(text: "127.0.0.1", spelled: nil, why: "no port"),
        Case(text: "127.0.0.1:", spelled: nil, why: "an empty port"),
        Case(text: "127.0.0.1:65536", spelled: nil, why: "a port over 65535"),
        Case(text: "127.0.0.1:+80", spelled: nil, why: "a sign, which UInt16(_:) would take"),
        Case(text: "127.0.0.1:-1", spelled: nil, why: "a port below 0"),
        Case(text: "127.0.0.1:８０", spelled: nil, why: "digits that are not ASCII"),
        Case(text: "127.0.0.256:80", spelled: nil, why: "no such address"),
        Case(text: "127.1:80", spelled: nil, why: "a short form"),
        Case(text: "::1:80", spelled: nil, why: "IPv6 without brackets"),
        Case(text: "[127.0.0.1]:80", spelled: nil, why: "IPv4 in brackets"),
        Case(text: "[::1:80", spelled: nil, why: "an open bracket"),
        Case(text: "example.com:80", spelled: nil, why: "a name"),
        Case(text: ":80", spelled: nil, why: "no host"),
        Case(text: "", spelled: nil, why: "nothing"),
    ]

    @Test("is read from a number and a port", arguments: cases)
    func reading(_ example: Case) {
        let address = Address(example.text)
        #expect(address?.description == example.spelled)
        #expect(address?.isLoopback ?? false == example.isLoopback)
    }

    @Test("that a program puts together may be this machine or not")
    func parts() {
        #expect(Address(host: "::1", port: 1).isLoopback)
        #expect(!Address(host: "127.evil.example", port: 1).isLoopback)
    }
}
