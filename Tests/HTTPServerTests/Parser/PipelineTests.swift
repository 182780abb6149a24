import Testing

@testable import HTTPServer

@Suite("Requests one behind the other")
struct PipelineTests {
    /// Small enough that some of what is made goes beyond them.
    private static var limits: Limits {
        var limits = Limits()
        limits.headBytesMax = 130
        limits.bodyBytesMax = 100
        return limits
    }

    @Test("end where they were made to end, and where a naive reader says", arguments: 0..<8 as Range<UInt64>)
    func ends(seed: UInt64) {
        var maker = RequestMaker(seed: seed)
        for _ in 0..<25 {
            let (bytes, ends) = maker.pipeline()
            let whole = Conversation([bytes[...]], limits: Limits())
            #expect(whole.messages.map(\.end) == ends, "\(shown(bytes))")
            #expect(whole.ending == .head(0), "\(shown(bytes))")
            checkEnds(of: whole, in: bytes, limits: Limits())
        }
    }

    @Test("with faults or none are the same requests, however they are split", arguments: 0..<8 as Range<UInt64>)
    func splits(seed: UInt64) {
        var maker = RequestMaker(seed: 9112 + seed)
        for round in 0..<25 as Range<UInt64> {
            let pipeline = maker.pipeline().bytes
            let bytes = round % 4 == 0 ? pipeline : maker.broken(pipeline)
            let whole = Conversation([bytes[...]], limits: Self.limits)
            #expect(Conversation(bytes.singly, limits: Self.limits) == whole, "\(shown(bytes))")
            for seed in 0..<4 as Range<UInt64> {
                let pieces = bytes.pieces(seed: seed + round)
                #expect(Conversation(pieces, limits: Self.limits) == whole, "\(shown(bytes)), seed \(seed + round)")
            }
            checkEnds(of: whole, in: bytes, limits: Self.limits)
        }
    }

    /// A message that was taken ends for a fresh parser, and for a naive reader, where it ended for the first.
    private func checkEnds(of whole: Conversation, in bytes: [UInt8], limits: Limits) {
        var start = 0
        for message in whole.messages {
            let fresh = Conversation([bytes[start...]], limits: limits).messages.first
            #expect(fresh?.end == message.end - start, "a fresh parser from \(start) of \(shown(bytes))")
            #expect(NaiveReader.end(of: bytes, from: start) == message.end, "from \(start) of \(shown(bytes))")
            start = message.end
        }
    }

    private func shown(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self).debugDescription }
}
