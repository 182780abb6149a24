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
        /// It is tried again later.
        case notNow(String)
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
        let words = unsafe String(cString: curl_easy_strerror(code))
        // A status of the fives is the server's last word (RFC 5321 §4.2.1).
        return (500..<600).contains(status) ? .never("\(words), \(status)") : .notNow("\(words), \(status)")
    }
}
