import Dispatch
import Domain
import Foundation
import Locks
import Logging
import Store

/// Delivers the mails of nurtures: what is queued, one after the other, and writes down what became of it.
///
/// A mail that was taken just before the process dies is sent again at the next start, with the same `Message-ID`. One that
/// the server puts off, as for a full mailbox, waits by itself, longer each time, and is given up after five days.
struct Mailer {
    private let timer: any DispatchSourceTimer
    private let queue = DispatchQueue(label: "mailer")

    /// How many mails a look sends at most.
    private static let mailsOfLook = 100
    /// How long after a failure the server is asked again, in milliseconds.
    private static let pauseMilliseconds: Int64 = 60_000

    init(_ store: Store, _ server: MailServer, clock: @escaping @Sendable () -> Instant, _ log: Logger) {
        timer = DispatchSource.makeTimerSource(queue: queue)
        let pausedUntil = Locked(Instant(milliseconds: 0))
        let waits = Locked<[Identifier: Wait]>([:])
        timer.schedule(deadline: .now() + 1, repeating: 1)
        timer.setEventHandler { @Sendable in
            guard pausedUntil.withLock({ $0 }) <= clock() else { return }
            if let words = waits.withLock({ Self.deliver(store, server, clock, &$0, log) }) {
                log.warning("mail waits a minute: \(words)")
                pausedUntil.withLock { $0 = clock().advanced(byMilliseconds: Self.pauseMilliseconds) }
            }
        }
        timer.resume()
    }

    /// Sends no more; the mail that is being sent is finished.
    func stop() {
        timer.cancel()
        queue.sync {}
    }

    /// How long a mail waits that was put off.
    private struct Wait {
        var until: Instant
        var milliseconds: Int64

        /// An hour at most, and twice as long each time.
        mutating func goOn(from now: Instant) {
            milliseconds = min(2 * milliseconds, 3_600_000)
            until = now.advanced(byMilliseconds: milliseconds)
        }
    }

    /// How long a mail is tried, in milliseconds (RFC 5321 §4.5.4.1: at least four or five days).
    private static let triedMilliseconds: Int64 = 5 * 86_400_000

    /// Sends what is queued; tells why the server takes nothing at present.
    private static func deliver(
        _ store: Store, _ server: MailServer, _ clock: @Sendable () -> Instant, _ waits: inout [Identifier: Wait],
        _ log: Logger
    ) -> String? {
        let (view, now) = (store.view, clock())
        let queued = view.records(Touch.schema.name, where: "delivery", is: .text(Delivery.queued))
        if !waits.isEmpty {
            let ids = Set(queued.map(\.id))
            waits = waits.filter { ids.contains($0.key) }
        }
        for touch in queued.lazy.filter({ [waits] in waits[$0.id].map { $0.until <= now } ?? true }).prefix(mailsOfLook)
        {
            let outcome: MailServer.Outcome
            if let mail = Mail(touch, from: server.sender, at: clock(), in: view) {
                outcome = server.send(mail.bytes, to: mail.recipient)
            } else {
                outcome = .never("the lead has no e-mail address, or allows no mail")
            }
            switch outcome {
            case .taken: settle(touch, nil, in: store)
            case .never(let words): settle(touch, words, in: store)
            case .putOff(let words):
                let queuedAt = touch["occurred_at"].instant ?? now
                guard now.millisecondsSince(queuedAt) < triedMilliseconds else {
                    settle(touch, words, in: store)
                    continue
                }
                waits[touch.id, default: Wait(until: now, milliseconds: pauseMilliseconds / 2)].goOn(from: now)
                log.info("mail \(touch.idText) is put off: \(words)")
            case .away(let words): return words
            }
        }
        return nil
    }

    /// Waits until it is on disk what became of a mail: the next look would send it again.
    private static func settle(_ touch: Record, _ failure: String?, in store: Store) {
        let isSettled = DispatchSemaphore(value: 0)
        store.write(by: Author(actor: "mailer", request: "")) { transaction throws(Refusal) in
            try Delivery.settle(touch.id, failure: failure, in: &transaction)
        } settled: { _ in
            isSettled.signal()
        }
        store.flush()
        isSettled.wait()
    }
}

/// A mail as it goes over the wire (RFC 5322, RFC 2047).
struct Mail {
    /// The address of who gets it.
    let recipient: String
    /// The whole mail.
    let bytes: [UInt8]

    /// The mail that a touch stands for; `nil` where its lead has no address or allows no mail.
    init?(_ touch: Record, from sender: String, at now: Instant, in view: View) {
        guard let letter = Delivery.letter(of: touch, in: view) else { return nil }
        recipient = letter.address
        let date = Date(timeIntervalSince1970: Double(now.milliseconds) / 1000)
        let fields = [
            ("From", "<\(sender)>"), ("To", "<\(letter.address)>"), ("Subject", Self.encoded(letter.subject)),
            ("Date", Self.format.format(date)), ("Message-ID", "<\(touch.idText)@\(Self.domain(of: sender))>"),
            ("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "base64"), ("Auto-Submitted", "auto-generated"),
        ]
        let head = fields.map { "\($0): \($1)\r\n" }.joined()
        let body = Data(letter.text.utf8).base64EncodedString(options: [
            .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
        ])
        bytes = Array("\(head)\r\n\(body)\r\n".utf8)
    }

    private static let format = Date.VerbatimFormatStyle(
        format: """
            \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .defaultDigits) \
            \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\
            \(second: .twoDigits) +0000
            """,
        locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Foundation.Calendar(identifier: .gregorian)
    )

    private static func domain(of address: String) -> String {
        String(address.split(separator: "@").last ?? "localhost")
    }

    /// A text of any letters and without line ends, in encoded words of at most 75 characters.
    private static func encoded(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && text.utf8.count <= 60
        if isPlain { return text }
        var words: [String] = []
        var word = ""
        for character in text {
            if word.utf8.count + character.utf8.count > 42 {
                words.append(word)
                word = ""
            }
            word.append(character)
        }
        return (words + [word]).map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }
}
