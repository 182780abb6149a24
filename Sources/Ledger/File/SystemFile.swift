internal import CLinux
internal import Glibc
internal import JSON

/// A file opened for appending or reading, closed with its owner; every fault names its call and path.
struct SystemFile: ~Copyable, Sendable {
    let path: String
    private let raw: Int32

    /// Opens `path`; `flags` as `open(2)` takes them.
    ///
    /// - Throws: ``LedgerFault/foreign(file:)`` where it is neither a file nor a folder: a pipe would be waited for.
    init(_ path: String, _ flags: Int32) throws(LedgerFault) {
        let raw = unsafe open(path, flags | O_CLOEXEC | O_NONBLOCK, 0o644)
        guard raw >= 0 else { throw Self.fault("open", path) }
        guard Self.isFileOrFolder(raw) else {
            _ = close(raw)
            throw .foreign(file: path)
        }
        self.path = path
        self.raw = raw
    }

    private static func isFileOrFolder(_ raw: Int32) -> Bool {
        var status = stat()
        return unsafe fstat(raw, &status) != 0 || [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
    }

    deinit { _ = close(raw) }

    // MARK: Writing

    /// Writes all of `bytes`, going on after a short write.
    borrowing func write(_ bytes: [UInt8]) throws(LedgerFault) {
        var written = 0
        while written < bytes.count {
            let start = written
            written += try advanced(unsafe bytes.withUnsafeBytes { unsafe writeSome($0, from: start) })
        }
    }

    /// Appends what was written to memory.
    borrowing func write(_ text: borrowing JSONWriter) throws(LedgerFault) {
        var written = 0
        while written < text.count {
            let count = unsafe text.withBytes(from: written) { unsafe writeSome(UnsafeRawBufferPointer($0), from: 0) }
            written += try advanced(count)
        }
    }

    private borrowing func writeSome(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        unsafe Glibc.write(raw, bytes.baseAddress?.advanced(by: start), bytes.count - start)
    }

    /// By how many bytes a write has come on, none where a signal came first.
    private borrowing func advanced(_ count: Int) throws(LedgerFault) -> Int {
        guard count < 0 else { return count }
        guard errno == EINTR else { throw Self.fault("write", path) }
        return 0
    }

    /// Waits until what was written is on disk.
    borrowing func sync() throws(LedgerFault) {
        guard fdatasync(raw) == 0 else { throw Self.fault("fdatasync", path) }
    }

    /// Cuts the file to `size` bytes.
    borrowing func truncate(to size: Int) throws(LedgerFault) {
        guard ftruncate(raw, off_t(size)) == 0 else { throw Self.fault("ftruncate", path) }
    }

    /// Takes room for `count` bytes behind the end, which does not move; a file system that cannot is none the worse.
    borrowing func reserve(_ count: Int) throws(LedgerFault) {
        guard tandem_reserve(raw, Int64(try size()), Int64(count)) != 0, errno != EOPNOTSUPP else { return }
        throw Self.fault("fallocate", path)
    }

    /// Takes the file's advisory lock for this process, or tells that another has it.
    borrowing func lock() throws(LedgerFault) -> Bool {
        if flock(raw, LOCK_EX | LOCK_NB) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw Self.fault("flock", path) }
        return false
    }

    // MARK: Reading

    /// The size in bytes.
    borrowing func size() throws(LedgerFault) -> Int { Int(try status().st_size) }

    /// Whether the file still has a name: one that was removed is written to in vain.
    borrowing func isNamed() throws(LedgerFault) -> Bool { try status().st_nlink > 0 }

    private borrowing func status() throws(LedgerFault) -> stat {
        var status = stat()
        guard unsafe fstat(raw, &status) == 0 else { throw Self.fault("fstat", path) }
        return status
    }

    /// The whole content.
    borrowing func readAll() throws(LedgerFault) -> [UInt8] { try read(at: 0, count: try size()) }

    /// The bytes from `place` on, fewer than `count` only at the end.
    borrowing func read(at place: Int, count: Int) throws(LedgerFault) -> [UInt8] {
        // An array made with no room is one that all share, and making it so writes to it.
        guard count > 0 else { return [] }
        var failure: LedgerFault?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let read = unsafe pread(
                    raw, buffer.baseAddress?.advanced(by: filled), count - filled, off_t(place + filled))
                if read == 0 { break }
                if read > 0 {
                    filled += read
                } else if errno != EINTR {
                    failure = Self.fault("read", path)
                    break
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }

    // MARK: Names

    /// Writes a file under a temporary name and gives it its own when it is on disk, unless `write` says that it need
    /// not be; nothing of it stays where that fails.
    static func replace(
        _ path: String, in folder: String, _ write: (borrowing SystemFile) throws(LedgerFault) -> Bool
    ) throws(LedgerFault) {
        let temporary = "\(folder)/\(Segment.unfinishedName)"
        do throws(LedgerFault) {
            let file = try SystemFile(temporary, O_WRONLY | O_CREAT | O_TRUNC)
            guard try write(file) else { return try remove(temporary) }
            try file.sync()
            try rename(temporary, to: path)
            try syncDirectory(folder)
        } catch {
            // Room that half a file takes is missed by the journal.
            do throws(LedgerFault) { try remove(temporary) } catch {}
            throw error
        }
    }

    /// Copies a file of another name, or of another directory, into a folder.
    static func copy(_ old: String, to new: String, in folder: String) throws(LedgerFault) {
        let source = try SystemFile(old, O_RDONLY)
        try replace(new, in: folder) { file throws(LedgerFault) in
            var place = 0
            while case let bytes = try source.read(at: place, count: 1 << 20), !bytes.isEmpty {
                try file.write(bytes)
                place += bytes.count
            }
            return true
        }
    }

    /// Makes a directory's names durable.
    static func syncDirectory(_ path: String) throws(LedgerFault) {
        try SystemFile(path, O_RDONLY | O_DIRECTORY).sync()
    }

    /// Makes a directory where there is none, so that a crash does not take it away with all that is in it.
    static func makeDirectory(_ path: String) throws(LedgerFault) {
        if unsafe mkdir(path, 0o755) != 0 {
            let code = errno
            var status = stat()
            guard code == EEXIST, unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw fault("mkdir", path, code)
            }
        }
        // Also of one that is there: who made it may have been killed before this.
        do throws(LedgerFault) {
            try syncDirectory("\(path)/..")
        } catch .system(_, _, EACCES, _) {
            // Above the ledger's own folder there may be one that only others may read, who made this one.
        }
    }

    /// Gives a file its final name.
    static func rename(_ old: String, to new: String) throws(LedgerFault) {
        guard unsafe Glibc.rename(old, new) == 0 else { throw fault("rename", old) }
    }

    /// Takes a file away; one that is not there is no fault.
    static func remove(_ path: String) throws(LedgerFault) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw fault("unlink", path) }
    }

    /// Takes a large file of `folder` away, and then frees its room bit by bit: a disk frees all of it at once in tens of milliseconds,
    /// for which every sync waits.
    ///
    /// One that somebody reads, for a backup, stays whole for them. What cannot be freed bit by bit goes at once.
    static func removeSlowly(_ path: String, in folder: String) throws(LedgerFault) {
        let file: SystemFile
        do throws(LedgerFault) { file = try SystemFile(path, O_WRONLY) } catch { return try remove(path) }
        // Without a name nobody else can open it any more, nor finds half of it after a power loss.
        try remove(path)
        try syncDirectory(folder)
        guard tandem_is_open_elsewhere(file.raw) == 0 else { return }
        do throws(LedgerFault) { try file.shrink() } catch {}
    }

    private borrowing func shrink() throws(LedgerFault) {
        var size = try size()
        while size > Self.freedAtOnce {
            size -= Self.freedAtOnce
            try truncate(to: size)
            try sync()
        }
    }

    /// How much room is freed at once, in bytes: a disk that discards 600 MiB lets syncs wait 78 ms, 4 MiB 2 ms.
    private static var freedAtOnce: Int { 4 << 20 }

    /// What tells a folder from every other, and from a copy of itself; stays while it is there.
    static func identity(of path: String) -> String {
        read(of: path).map { "\($0.number)-\($0.born_seconds)-\($0.born_nanoseconds)" } ?? ""
    }

    /// The same of a file, which is another once it was written to.
    static func identityAsWritten(of path: String) -> String {
        read(of: path).map { "\(identity(of: path))-\($0.written_seconds)-\($0.written_nanoseconds)" } ?? ""
    }

    private static func read(of path: String) -> tandem_identity? {
        var identity = tandem_identity()
        return unsafe tandem_identify(path, &identity) == 0 ? identity : nil
    }

    /// Whether there is a file of that name.
    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// The names in a directory, in order.
    static func names(in path: String) throws(LedgerFault) -> [String] {
        guard let directory = unsafe opendir(path) else { throw fault("opendir", path) }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        errno = 0
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        // At the end there is no code; with one, names are missing, and with them what was answered.
        guard errno == 0 else { throw fault("readdir", path) }
        return names.sorted()
    }

    private static func fault(_ call: String, _ path: String, _ code: Int32 = errno) -> LedgerFault {
        // A folder where a file should be, or the other way round, is none of the ledger's, nor is a pipe nobody reads.
        if code == EISDIR || code == ENOTDIR || code == ENXIO { return .foreign(file: path) }
        return .system(call: call, path: path, code: code, words: unsafe String(cString: strerror(code)))
    }
}

extension LedgerFault {
    /// Whether it is about room or descriptors, which can be there again; of a disk's own faults nobody knows the end.
    var isOfRoom: Bool {
        guard case .system(_, _, let code, _) = self else { return false }
        return [ENOSPC, EDQUOT, EFBIG, EMFILE, ENFILE, ENOMEM].contains(code)
    }

    /// Whether it is that one file is as large as a file may be.
    var isOfFileSize: Bool {
        guard case .system(_, _, EFBIG, _) = self else { return false }
        return true
    }
}
