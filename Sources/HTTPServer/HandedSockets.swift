internal import CLinux
internal import Glibc

/// Listening sockets on their way from one process to the next, as systemd hands them over (`sd_listen_fds`): from
/// descriptor 3 on, `LISTEN_FDS` of them, for the process `LISTEN_PID`, named in `LISTEN_FDNAMES`.
public struct HandedSockets: Sendable {
    let listeners: [Listener]

    /// Where they listen.
    public var listenings: [Listening] { listeners.map(\.listening) }

    init(_ listeners: [Listener]) { self.listeners = listeners }

    private static let first: Int32 = 3
    /// What names end with that a server gives to sockets of its own.
    private static let ownSuffix = ".own"

    /// The sockets that were handed to this process; `nil` where none were.
    ///
    /// - Parameter isSecure: whether a port speaks TLS whose name is neither `http` nor `https`.
    /// - Throws: ``SystemFault`` where what was handed over is no listening socket.
    public static func received(isSecure: Bool) throws(SystemFault) -> HandedSockets? {
        guard let process = variable("LISTEN_PID"), Int32(process) == getpid(),
            let count = variable("LISTEN_FDS").flatMap({ Int32($0) }), count > 0
        else { return nil }
        let names = (variable("LISTEN_FDNAMES") ?? "").split(separator: ":", omittingEmptySubsequences: false)
        // They are ours and no child's.
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsafe unsetenv(name) }
        var listeners: [Listener] = []
        for number in 0..<count {
            let raw = first + number
            let address = try Address(of: raw)
            guard isListening(raw) else { throw SystemFault("listen", EINVAL) }
            let name = Int(number) < names.count ? names[Int(number)] : ""
            let isOwn = name.hasSuffix(ownSuffix)
            let speaks = isOwn ? name.dropLast(ownSuffix.count) : name
            let speaksTLS = speaks == "https" || speaks != "http" && isSecure && address.port != nil
            guard fcntl(raw, F_SETFD, FD_CLOEXEC) == 0, fcntl(raw, F_SETFL, fcntl(raw, F_GETFL) | O_NONBLOCK) == 0
            else {
                throw SystemFault("fcntl")
            }
            listeners.append(Listener(adopting: raw, Listening(address, isSecure: speaksTLS), isOwn: isOwn))
        }
        return HandedSockets(listeners)
    }

    /// What a socket speaks, and whether its server opened it.
    private static func name(of listener: Listener) -> String {
        (listener.listening.isSecure ? "https" : "http") + (listener.isOwn ? ownSuffix : "")
    }

    private static func isListening(_ raw: Int32) -> Bool {
        var answer: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(raw, SOL_SOCKET, SO_ACCEPTCONN, &answer, &length) == 0 && answer != 0
    }

    private static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// Puts another program in this process's place, which then listens at these sockets.
    ///
    /// - Returns: why it could not be done; otherwise it does not return.
    public func exec(_ program: String, _ arguments: [String]) -> SystemFault {
        // First all out of the way: a place may be another one's now.
        var copies: [Int32] = []
        for listener in listeners {
            let copy = fcntl(listener.raw, F_DUPFD, Self.first + Int32(listeners.count))
            guard copy >= 0 else { return SystemFault("fcntl") }
            copies.append(copy)
        }
        for (place, copy) in copies.enumerated() {
            guard dup2(copy, Self.first + Int32(place)) >= 0 else { return SystemFault("dup2") }
        }
        // Nothing else of this process may reach the next, least of all the lock of the ledger.
        guard tandem_close_on_exec(Self.first + Int32(copies.count)) == 0 else { return SystemFault("close_range") }
        unsafe setenv("LISTEN_PID", String(getpid()), 1)
        unsafe setenv("LISTEN_FDS", String(copies.count), 1)
        unsafe setenv(
            "LISTEN_FDNAMES", listeners.map(Self.name).joined(separator: ":"), 1)
        // A thread of Dispatch has signals blocked, and a mask is inherited.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
        var words = unsafe arguments.map { unsafe strdup($0) }
        unsafe words.append(nil)
        _ = unsafe execv(program, &words)
        return SystemFault("execv")
    }
}
