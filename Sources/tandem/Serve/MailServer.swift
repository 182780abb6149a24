import CCurl

/// A server that takes mail, by SMTP (RFC 5321).
@safe
struct MailServer: Sendable {
    /// Such as `smtp://mail.example:587` or `smtps://mail.example`.
    let url: String
    /// The address that mail comes from.
    let sender: String
    /// Who signs in, where somebody must.
    let user: String?
    let password: String?

    /// What became of a mail.
    enum Outcome: Equatable {
        case taken
        /// The server takes none at present, and is asked again later.
        case away(String)
        /// It takes others, and this one maybe later.
        case putOff(String)
        /// It never will be taken.
        case never(String)
    }

    /// Sends a mail, which takes as long as the server does.
    func send(_ mail: [UInt8], to recipient: String) -> Outcome {
        var status = 0
        // A password goes over TLS alone.
        let needsTLS: Int32 = password == nil ? 0 : 1
        let code = unsafe mail.withUnsafeBytes { bytes in
            unsafe tandem_mail_send(
                url, user, password, needsTLS, "<\(sender)>", "<\(recipient)>",
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, &status)
        }
        if code == CURLE_OK { return .taken }
        let words = unsafe "\(String(cString: curl_easy_strerror(code))), \(status)"
        // Who may not sign in is told so of every mail.
        if code == CURLE_LOGIN_DENIED { return .away(words) }
        // By RFC 5321 §4.2: 421 is said by a server that closes, 530 to who has not signed in; other fours mean this mail
        // for now, and fives for good.
        switch status {
        case 421, 530: return .away(words)
        case 400..<500: return .putOff(words)
        case 500..<600: return .never(words)
        default: return .away(words)
        }
    }
}
