internal import Ledger

/// Files of a ledger as a tar archive (POSIX.1-1988 ustar), read piece by piece.
struct TarArchive: Sendable {
    private let members: [Member]
    /// The size in bytes.
    let size: Int

    private struct Member: Sendable {
        let file: FileLedger.BackupFile
        let start: Int

        /// The header, the content, and zeros up to a whole block.
        var end: Int { start + TarArchive.blockBytes + (file.size + TarArchive.blockBytes - 1) / 512 * 512 }
    }

    private static let blockBytes = 512
    private static let bytesAtOnce = 256 << 10

    init(_ files: [FileLedger.BackupFile]) {
        var place = 0
        members = files.map { file in
            let member = Member(file: file, start: place)
            place = member.end
            return member
        }
        // Two blocks of zeros are the end.
        size = place + 2 * Self.blockBytes
    }

    /// Some of the bytes from `place` on; `nil` where a file cannot be read.
    func bytes(at place: Int) -> [UInt8]? {
        guard let member = members.first(where: { place < $0.end }) else {
            return [UInt8](repeating: 0, count: size - place)
        }
        let offset = place - member.start - Self.blockBytes
        if offset < 0 { return Array(Self.header(member.file)[(place - member.start)...]) }
        guard offset < member.file.size else { return [UInt8](repeating: 0, count: member.end - place) }
        do throws(LedgerFault) {
            let bytes = try member.file.read(at: offset, countMax: Self.bytesAtOnce)
            // A file that became shorter is not what the header says.
            return bytes.isEmpty ? nil : bytes
        } catch {
            return nil
        }
    }

    private static func header(_ file: FileLedger.BackupFile) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: blockBytes)
        func put(_ text: String, at place: Int) {
            header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
        }
        put(file.name, at: 0)
        put(octal(0o600, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(octal(file.size, digits: 11), at: 124)
        put(octal(0, digits: 11), at: 136)
        // The checksum is taken over the header with spaces in its place.
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\0 ", at: 148)
        return header
    }

    private static func octal(_ number: Int, digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
