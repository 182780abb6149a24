import HTTPTypes
import TestSupport
import Testing

@testable import HTTPServer

@Suite("A decoder of gzip", .timeLimit(.minutes(10)))
struct GzipDecoderTests {
    private static func encoded(_ body: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        GzipEncoder(for: .bodies).encode(body, into: &output, flush: .finish)
        return output
    }

    struct Case: Sendable, CustomTestStringConvertible {
        /// Writes the encoded form of `given` to `out`.
        let script: String
        let testDescription: String

        init(_ script: String, _ why: String) {
            self.script = script
            testDescription = why
        }
    }

    static let good: [Case] = [
        Case("out.write(gzip.compress(given))", "Python's own"),
        Case("out.write(gzip.compress(given, 0))", "stored, not compressed"),
        Case("c = zlib.compressobj(9, 8, 31, 9, 4); out.write(c.compress(given) + c.flush())", "fixed codes"),
        Case("c = zlib.compressobj(9, 8, 25); out.write(c.compress(given) + c.flush())", "the smallest window"),
        Case(header("b'\\x08' + rest[:6] + b'name\\0'"), "a name, RFC 1952 §2.3.1"),
        Case(header("b'\\x10' + rest[:6] + b'x' * 70000 + b'\\0'"), "a long comment, RFC 1952 §2.3.1"),
        Case(header("b'\\x04' + rest[:6] + struct.pack('<H', 5) + b'ab\\1\\0c'"), "an extra field, RFC 1952 §2.3.1.1"),
        Case(header("b'\\x01' + rest[:6]"), "a text, RFC 1952 §2.3.1"),
        Case(
            header("b'\\x02' + rest[:6] + struct.pack('<H', zlib.crc32(b'\\x1f\\x8b\\x08\\x02' + rest[:6]) & 65535)"),
            "a CRC of the header, RFC 1952 §2.3.1"),
        Case("out.write(gzip.compress(given[:9]) + gzip.compress(given[9:]))", "two members, RFC 1952 §2.2"),
        Case("out.write(gzip.compress(b'') * 100 + gzip.compress(given))", "many empty members, RFC 1952 §2.2"),
    ]

    static let refused: [Case] = [
        Case("", "nothing"),
        Case("out.write(given)", "what is plain"),
        Case("out.write(zlib.compress(given))", "the deflate coding, RFC 9110 §8.4.1.2"),
        Case("c = zlib.compressobj(9, 8, -15); out.write(c.compress(given) + c.flush())", "deflate without a frame"),
        Case("out.write(gzip.compress(given) + b'x')", "a byte behind it"),
        Case("out.write(gzip.compress(given) + b'\\0' * 512)", "zeros behind it, which gzip itself would take"),
        Case("out.write(gzip.compress(given) + b'\\x1f')", "the start of another member"),
        Case("out.write(gzip.compress(given) + gzip.compress(given)[:-1])", "a second member that is cut off"),
        Case("g = gzip.compress(given); out.write(g[:-8] + b'\\0\\0\\0\\0' + g[-4:])", "a wrong CRC, RFC 1952 §2.3.1"),
        Case("g = gzip.compress(given); out.write(g[:-4] + b'\\0\\0\\0\\0')", "a wrong length, RFC 1952 §2.3.1"),
        Case("out.write(gzip.compress(given)[:-8])", "no trailer"),
        Case(header("b'\\x20' + rest[:6]"), "a flag that is reserved, RFC 1952 §2.3.1.2"),
        Case(header("b'\\x02' + rest[:6] + b'\\0\\0'"), "a wrong CRC of the header, RFC 1952 §2.3.1"),
        Case("g = gzip.compress(given); out.write(g[:2] + b'\\7' + g[3:])", "an unknown method, RFC 1952 §2.3.1"),
        Case("g = gzip.compress(given); out.write(g[:10] + b'\\7' + g[11:])", "an unknown block, RFC 1951 §3.2.3"),
    ]

    /// The given bytes with another header, made of the flags and the `rest` behind them.
    private static func header(_ header: String) -> String {
        "g = gzip.compress(given); rest = g[4:]; out.write(g[:3] + \(header) + rest[6:])"
    }

    @Test("reads what others write, whole, byte by byte, split anywhere and in steps", arguments: good)
    func reads(_ example: Case) async throws {
        let bytes = try await python(example.script, on: Sample.short)
        #expect(Decoded([bytes]) == .whole(Sample.short))
        #expect(Decoded(bytes.map { [$0] }) == .whole(Sample.short))
        for place in 0...min(bytes.count, 500) {
            #expect(Decoded([Array(bytes[..<place]), Array(bytes[place...])]) == .whole(Sample.short))
        }
        for step in 1...20 { #expect(Decoded([bytes], stepBytesMax: step) == .whole(Sample.short)) }
        #expect(Decoded(bytes.map { [$0] }, stepBytesMax: 1) == .whole(Sample.short))
    }

    @Test("refuses what is not gzip, whole, byte by byte and in steps", arguments: refused)
    func refuses(_ example: Case) async throws {
        let bytes = try await python(example.script, on: Sample.short)
        #expect(Decoded([bytes]) == .refused(400))
        #expect(Decoded(bytes.map { [$0] }) == .refused(400))
        #expect(Decoded([bytes], stepBytesMax: 1) == .refused(400))
    }

    @Test("reads what gzip writes of long bodies", arguments: ["-1", "-6", "-9"])
    func long(level: String) async throws {
        for body in [Sample.json(1_000_000), Sample.noise(200_000), [UInt8](repeating: 0, count: 10_000_000)] {
            let bytes = try await filter(body, through: "/usr/bin/env", ["gzip", level])
            #expect(Decoded([bytes], bytesMax: body.count) == .whole(body))
            #expect(Decoded([bytes], bytesMax: body.count, stepBytesMax: 4096) == .whole(body))
        }
    }

    @Test("refuses what is cut off, at every place")
    func truncated() {
        let bytes = Self.encoded(Sample.short)
        for count in 0..<bytes.count { #expect(Decoded([Array(bytes[..<count])]) == .refused(400), "\(count) bytes") }
    }

    @Test("refuses a flipped bit, or it did not matter, at every place")
    func damaged() {
        let bytes = Self.encoded(Sample.short)
        for place in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[place] ^= 1 << UInt8(bit)
                // Time, flags and system in the header say nothing of the body, nor do the bits that fill the last byte.
                let mayPass = (3..<10).contains(place) || place == bytes.count - 9
                let outcome = Decoded([damaged])
                #expect(
                    outcome == .refused(400) || mayPass && outcome == .whole(Sample.short), "bit \(bit) of \(place)")
            }
        }
    }

    @Test("survives noise behind a good header")
    func noise() {
        var random = SplitMix(seed: 1)
        for _ in 0..<2000 {
            let noise = (0..<64).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            #expect(Decoded([[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + noise]) == .refused(400))
        }
    }

    @Test("stops at the limit, and not before")
    func limit() {
        let bytes = Self.encoded(Sample.short)
        let count = Sample.short.count
        for step in [1, 7, Int.max] {
            #expect(Decoded([bytes], bytesMax: count, stepBytesMax: step) == .whole(Sample.short))
            #expect(Decoded([bytes], bytesMax: count - 1, stepBytesMax: step) == .refused(413))
            #expect(Decoded([bytes], bytesMax: 0, stepBytesMax: step) == .refused(413))
        }
        #expect(Decoded([Self.encoded([])], bytesMax: 0) == .whole([]))
        #expect(Decoded([bytes + bytes], bytesMax: 2 * count) == .whole(Sample.short + Sample.short))
        #expect(Decoded([bytes + bytes], bytesMax: 2 * count - 1) == .refused(413))
    }

    @Test("tells that a body is too long before a fault behind its limit, however it is split")
    func faultBehindLimit() {
        var bytes = Self.encoded(Sample.short)
        // The CRC, which zlib checks at once when it has read as much as it may write.
        bytes[bytes.count - 8] ^= 1
        let bytesMax = Sample.short.count - 1
        #expect(Decoded([bytes], bytesMax: bytesMax) == .refused(413))
        #expect(Decoded(bytes.map { [$0] }, bytesMax: bytesMax) == .refused(413))
    }

    /// A gigabyte of zeros in a megabyte.
    private static let bomb = """
        c = zlib.compressobj(9, 8, -15)
        block = c.compress(bytes(1 << 20)) + c.flush(zlib.Z_FULL_FLUSH)
        check = 0
        for _ in range(1024): check = zlib.crc32(bytes(1 << 20), check)
        out.write(bytes.fromhex('1f8b0800000000000003') + block * 1024 + b'\\3\\0' + struct.pack('<II', check, 1 << 30))
        """

    @Test("stops a bomb at the limit, with no more memory than it")
    func bombs() async throws {
        let bytes = try await python(Self.bomb)
        #expect(bytes.count < 2 << 20)
        let decoder = GzipDecoder()
        var body: [UInt8] = []
        var cursor = 0
        let fault = #expect(throws: ParseFault.self) {
            _ = try decoder.decode(bytes, &cursor, until: bytes.count, into: &body, bytesMax: 1_000_000)
        }
        #expect(fault?.status == .contentTooLarge)
        #expect(body.count == 1_000_001)
        #expect(body.capacity <= 4_000_000)
    }

    @Test("hands a bomb on in steps, with no more memory than one")
    func steps() async throws {
        let bytes = try await python(Self.bomb)
        let decoder = GzipDecoder()
        var step: [UInt8] = []
        var cursor = 0
        var count = 0
        while try decoder.decode(
            bytes, &cursor, until: bytes.count, into: &step, bytesMax: 1 << 30, stepBytesMax: 1 << 20) == .full
        {
            count += step.count
            #expect(step.count == 1 << 20)
            #expect(step.capacity <= 4 << 20)
            step.removeAll(keepingCapacity: true)
        }
        try decoder.finish()
        #expect(count + step.count == 1 << 30)
    }

    @Test("goes on refusing when it has refused")
    func poisoned() {
        let bytes = Self.encoded(Sample.short)
        for (given, bytesMax, status) in [(bytes, 10, 413), (Sample.noise(50), 1000, 400)] {
            let decoder = GzipDecoder()
            var body: [UInt8] = []
            var cursor = 0
            for _ in 0..<3 {
                let fault = #expect(throws: ParseFault.self) {
                    _ = try decoder.decode(given, &cursor, until: given.count, into: &body, bytesMax: bytesMax)
                }
                #expect(fault?.status.code == status)
                #expect(throws: ParseFault.self) { try decoder.finish() }
            }
        }
    }
}
