extension Response {
    /// A body as gzip, for an answer that is kept and sent many times; as it is where it is too short for that to pay.
    ///
    /// It takes 8 µs a KiB, so not on a loop. Whoever sends it says `Content-Encoding` and gives it an entity tag of its
    /// own.
    public static func gzip(_ body: [UInt8]) -> (body: [UInt8], isEncoded: Bool) {
        guard body.count >= Compression.bytesMin else { return (body, false) }
        var encoded: [UInt8] = []
        GzipEncoder(for: .bodies).encode(body, into: &encoded, flush: .finish)
        return (encoded, true)
    }
}
