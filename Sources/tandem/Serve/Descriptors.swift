import Glibc

/// How many files and sockets this process may have open.
enum Descriptors {
    /// How many are kept from clients, those apart that are told that there are too many: the ledger opens segments and
    /// snapshots, and a write must not fail for their number.
    static func reserve(of max: Int) -> Int { min(128, max / 2) }

    /// Fewer leave none for a client beside what the ledger and its threads hold open, and each loop: its events, what
    /// wakes it, and a socket for each address.
    static func least(loops: Int, addresses: Int) -> Int { 42 + loops * (2 + addresses) }

    /// Raises the limit as far as this process may, and tells what it is then.
    static func raiseLimit() -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }
}
