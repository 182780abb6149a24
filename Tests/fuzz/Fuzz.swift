@testable import HTTPServer

/// One input: what a client sends on one connection, which must mean the same however it is split.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    let whole = Conversation([bytes[...]], limits: limits)
    expect(Conversation(bytes.singly, limits: limits), toEqual: whole, "one by one")
    let seed = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    expect(Conversation(bytes.pieces(seed: seed), limits: limits), toEqual: whole, "in pieces")
    checkEnds(of: whole, in: bytes)
    return 0
}

/// So small that an input of a few hundred bytes comes to each of them.
private let limits: Limits = {
    var limits = Limits()
    limits.requestLineBytesMax = 128
    limits.headBytesMax = 512
    limits.fieldCountMax = 8
    limits.bodyBytesMax = 256
    return limits
}()

/// A reader that starts where a message ended finds the next one's end where the first did, as does a naive one.
private func checkEnds(of whole: Conversation, in bytes: [UInt8]) {
    var start = 0
    for message in whole.messages {
        let next = Conversation([bytes[start..<message.end]], limits: limits).messages
        guard next.count == 1, next[0].end == message.end - start, next[0].body == message.body else {
            fatalError("a second reader disagrees on the message from \(start) to \(message.end)")
        }
        let naiveEnd = NaiveReader.end(of: bytes, from: start)
        guard naiveEnd == message.end else {
            fatalError(
                "from \(start) to \(message.end), to a naive reader \(naiveEnd.map(String.init) ?? "without end")")
        }
        start = message.end
    }
}

private func expect(_ split: Conversation, toEqual whole: Conversation, _ how: String) {
    guard split == whole else { fatalError("\(how):\n\(split)\n\nwhole:\n\(whole)") }
}
