import Foundation
import Testing

@Suite("A flag that sets a bound", .timeLimit(.minutes(10)))
struct LimitFlagsTests {
    static let times = ["--grace", "--header-time", "--idle-time", "--answer-time", "--write-time"]
    static let counts = [
        "--body-rate", "--request-line-bytes", "--header-bytes", "--header-fields", "--body-bytes", "--import-bytes",
        "--connections", "--connections-per-address", "--requests-per-second",
    ]

    private func errors(_ arguments: [String]) throws -> (status: Int32, errors: String) {
        let folder = TemporaryFolder()
        // Nobody listens there in vain: what is taken fails at the address, in the next step.
        let result = try run(
            RunningServer.binary, ["serve", "--data", "\(folder.path)/data", "--listen", "nowhere"] + arguments)
        return (result.status, result.errors)
    }

    @Test("of time takes a number and its unit", arguments: times)
    func time(flag: String) throws {
        for text in ["1ms", "10s", "2m", "1000000000s"] {
            #expect(try errors([flag, text]).errors.contains("--listen nowhere"), "\(flag) \(text)")
        }
        for text in ["10", "s", "10h", "1.5s", "10 s", "99999999999999999999s", "1000000000m"] {
            let (status, errors) = try errors(["\(flag)=\(text)"])
            #expect(status == 1, "\(flag) \(text)")
            #expect(errors.contains("\(flag) \(text) is no time"), "\(errors)")
            #expect(errors.split(separator: "\n").count == 1)
        }
    }

    @Test("of a number takes one within bounds", arguments: counts)
    func count(flag: String) throws {
        let least = flag == "--requests-per-second" ? 0 : 1
        for number in [least, 1, 1 << 40] {
            #expect(try errors([flag, "\(number)"]).errors.contains("--listen nowhere"), "\(flag) \(number)")
        }
        for number in [least - 1, (1 << 40) + 1] {
            let (status, errors) = try errors(["\(flag)=\(number)"])
            #expect(status == 1)
            #expect(errors.contains("\(flag) \(number) is not a whole number from \(least)"), "\(errors)")
            #expect(errors.split(separator: "\n").count == 1)
        }
        for text in ["many", "1.5", "99999999999999999999"] {
            // What is no number at all the library refuses, with the usage.
            let (status, errors) = try errors(["\(flag)=\(text)"])
            #expect(status != 0)
            #expect(errors.contains("'\(text)' is invalid for '\(flag)"), "\(errors)")
        }
    }

    @Test("of an origin takes those that a browser sends")
    func origin() throws {
        for text in ["*", "https://crm.example", "http://localhost:8080", "http://[::1]:3000", "app://tandem"] {
            #expect(try errors(["--cors-origin", text]).errors.contains("--listen nowhere"), "\(text)")
        }
        for text in ["foo", "https://crm.example/", "https://CRM.example", "https://a b", "//crm.example", ""] {
            let (status, errors) = try errors(["--cors-origin", text])
            #expect(status == 1)
            #expect(errors.contains("--cors-origin \(text) is neither * nor an origin"), "\(text) \(errors)")
        }
    }
}
