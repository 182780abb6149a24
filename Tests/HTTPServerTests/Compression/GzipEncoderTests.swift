import Testing

@testable import HTTPServer

@Suite("An encoder of gzip", .timeLimit(.minutes(10)))
struct GzipEncoderTests {
    // Too long to be arguments of a test.
    private static let bodies: [[UInt8]] = [
        [], [0], Sample.short, Sample.json(1024), Sample.json(2048), Sample.json(30_000), Sample.json(1_000_000),
        Sample.noise(2048), Sample.noise(65_535), Sample.noise(65_536), Sample.noise(200_000),
        [UInt8](repeating: 0, count: 10_000_000),
    ]

    private static func encoded(_ body: [UInt8], by encoder: GzipEncoder) -> [UInt8] {
        var output: [UInt8] = []
        encoder.encode(body, into: &output, flush: .finish)
        return output
    }

    @Test("is read by gzip and by Python", arguments: [GzipEncoder.Use.bodies, .events])
    func outside(use: GzipEncoder.Use) async throws {
        // One for all of them, as a loop keeps it; together they are a file of as many members (RFC 1952 §2.2).
        let encoder = GzipEncoder(for: use)
        var output: [UInt8] = []
        for body in Self.bodies { encoder.encode(body, into: &output, flush: .finish) }
        let all = Array(Self.bodies.joined())
        #expect(try await filter(output, through: "/usr/bin/env", ["gzip", "-dc"]) == all)
        #expect(try await python("out.write(gzip.decompress(given))", on: output) == all)
    }

    @Test("says the same when it is used again")
    func again() {
        let encoder = GzipEncoder(for: .bodies)
        for body in Self.bodies {
            let first = Self.encoded(body, by: encoder)
            #expect(Self.encoded(body, by: encoder) == first)
            var left: [UInt8] = []
            encoder.encode(Sample.noise(100), into: &left, flush: .sync)
            encoder.reset()
            #expect(Self.encoded(body, by: encoder) == first)
        }
    }

    @Test("appends, and leaves what is there")
    func appends() {
        var output = Array("head".utf8)
        GzipEncoder(for: .bodies).encode(Sample.short, into: &output, flush: .finish)
        #expect(output.prefix(4).elementsEqual("head".utf8))
        #expect(Decoded([Array(output.dropFirst(4))]) == .whole(Sample.short))
    }

    @Test("gives the same body, split at every place, with every flush", arguments: [GzipEncoder.Flush.none, .sync])
    func splits(flush: GzipEncoder.Flush) {
        let encoder = GzipEncoder(for: .events)
        for place in 0...Sample.short.count {
            var output: [UInt8] = []
            encoder.encode(Array(Sample.short[..<place]), into: &output, flush: flush)
            encoder.encode(Array(Sample.short[place...]), into: &output, flush: flush)
            encoder.encode([], into: &output, flush: .finish)
            #expect(Decoded([output]) == .whole(Sample.short), "split at \(place)")
        }
    }

    /// What can be read of a stream when a piece of it has come.
    private static func read(_ piece: [UInt8], by decoder: GzipDecoder) throws -> [UInt8] {
        var read: [UInt8] = []
        var cursor = 0
        _ = try decoder.decode(piece, &cursor, until: piece.count, into: &read, bytesMax: .max)
        return read
    }

    @Test("lets every event be read when it is sent")
    func events() throws {
        let encoder = GzipEncoder(for: .events)
        let decoder = GzipDecoder()
        var sent = 0
        for number in 0..<1000 {
            let event = Array("event: lead\ndata: {\"number\":\(number),\"stage\":\"lead\"}\n\n".utf8)
            var piece: [UInt8] = []
            encoder.encode(event, into: &piece, flush: .sync)
            #expect(try Self.read(piece, by: decoder) == event)
            sent += piece.count
        }
        #expect(sent < 30_000, "an event is told by what it shares with the last: \(sent) bytes")
    }

    @Test("lets an event of any length be read when it is sent", arguments: [GzipEncoder.Use.bodies, .events])
    func lengths(use: GzipEncoder.Use) throws {
        let encoder = GzipEncoder(for: use)
        let decoder = GzipDecoder()
        for count in Array(0..<300) + Array(65_500..<65_560) + [200_000] {
            for event in [Sample.noise(count), [UInt8](repeating: 0, count: count)] {
                var piece: [UInt8] = []
                encoder.encode(event, into: &piece, flush: .sync)
                #expect(try Self.read(piece, by: decoder) == event)
            }
        }
    }

    @Test("writes nothing for nothing")
    func nothing() {
        let encoder = GzipEncoder(for: .events)
        var output: [UInt8] = []
        encoder.encode(Sample.short, into: &output, flush: .sync)
        let count = output.count
        encoder.encode([], into: &output, flush: .sync)
        encoder.encode([], into: &output, flush: .none)
        #expect(output.count == count)
    }
}
