public import Store

/// Finds records that may be of one person or company: by e-mail, phone, or name and company.
public enum Duplicates {
    /// What a record is compared by; leads and accounts have it.
    static let field = Field("match_keys", .texts(max: 10), "What it is compared by to find duplicates.")
        .with(default: .list([])).readOnly().indexed().personal().sparse()

    /// The kinds of keys by their first letter, as people are told.
    private static let kinds: [Character: String] = [
        "e": "email", "p": "phone", "n": "name and company", "c": "name", "d": "domain",
    ]

    static func keys(ofLead draft: Draft) -> Value {
        var keys: [String] = []
        // Two leads have no e-mail address alike, so that of most there is nothing to compare.
        if let email = draft["email"].text, isAliased(email) { keys.append("e:\(mailbox(email))") }
        if let phone = draft["phone"].text.flatMap(number) { keys.append("p:\(phone)") }
        if let company = folded(draft["company"].text), let name = folded(draft["name"].text) {
            keys.append("n:\(name)|\(company)")
        }
        return .list(keys.map { .text($0) })
    }

    static func keys(ofAccount draft: Draft) -> Value {
        var keys: [String] = []
        if let name = folded(draft["name"].text) { keys.append("c:\(withoutForm(name))") }
        if let domain = folded(draft["domain"].text) {
            keys.append("d:\(domain.hasPrefix("www.") ? String(domain.dropFirst(4)) : domain)")
        }
        return .list(keys.map { .text($0) })
    }

    private static func isAliased(_ email: String) -> Bool { email.utf8.contains(UInt8(ascii: "+")) }

    /// The address in lower case, without what is behind a plus: those arrive in one mailbox.
    private static func mailbox(_ email: String) -> String {
        let address = email.lowercased()
        let local = address.prefix { $0 != "@" }
        let name = local.prefix { $0 != "+" }
        // What begins with a plus has no name before it.
        return "\(name.isEmpty ? local : name)\(address.dropFirst(local.count))"
    }

    /// The last nine digits, which are the same with and without the prefixes of a country; `nil` for too few.
    private static func number(_ phone: String) -> String? {
        let digits = phone.filter { ("0"..."9").contains($0) }
        return digits.count < 7 ? nil : String(digits.suffix(9))
    }

    /// The words of a text in lower case, a space between; `nil` where there are none.
    private static func folded(_ text: String?) -> String? {
        guard var text else { return nil }
        // Characters of any script are asked what they are one by one, which takes a hundred times as long.
        if let folded = text.withUTF8({ bytes in unsafe foldedASCII(bytes) }) { return folded.isEmpty ? nil : folded }
        let words = text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber })
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// As ``folded(_:)``, of ASCII; `nil` of other bytes, and empty where there are no words.
    private static func foldedASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        var all: UInt8 = 0
        for place in bytes.indices { unsafe all |= bytes[place] }
        guard all < 0x80 else { return nil }
        return unsafe String(unsafeUninitializedCapacity: bytes.count) { folded in
            var length = 0
            var isBetweenWords = false
            for place in bytes.indices {
                let byte = unsafe bytes[place]
                let isDigit = byte &- UInt8(ascii: "0") < 10
                guard isDigit || (byte | 0x20) &- UInt8(ascii: "a") < 26 else {
                    isBetweenWords = true
                    continue
                }
                if isBetweenWords, length > 0 {
                    unsafe folded[length] = UInt8(ascii: " ")
                    length += 1
                }
                isBetweenWords = false
                unsafe folded[length] = isDigit ? byte : byte | 0x20
                length += 1
            }
            return length
        }
    }

    /// A company's name without its legal form.
    private static func withoutForm(_ name: String) -> String {
        let forms: Set = [
            "gmbh", "ag", "kg", "inc", "ltd", "llc", "sa", "srl", "bv", "oy", "ab", "as", "plc", "corp", "co",
        ]
        let words = name.split(separator: " ").filter { !forms.contains(String($0)) }
        return words.isEmpty ? name : words.joined(separator: " ")
    }

    /// The records that share a key with one, each with what they share, those that share most first.
    public static func of(_ record: Record, in records: some Records) -> [(record: Record, shared: [String])] {
        var found: [Identifier: (record: Record, shared: [String])] = [:]
        var keys = record["match_keys"].elements.compactMap(\.text)
        if record.schema.slot("email") != nil, let email = record["email"].text, !isAliased(email) {
            keys.append("e:\(mailbox(email))")
        }
        for key in keys {
            guard let kind = key.first.flatMap({ kinds[$0] }) else { continue }
            var others = records.records(record.schema.name, where: "match_keys", is: .text(key))
            if key.hasPrefix("e:") {
                others += records.records(record.schema.name, where: "email", is: .text(String(key.dropFirst(2))))
            }
            for other in others where other.id != record.id {
                found[other.id, default: (other, [])].shared.append(kind)
            }
        }
        return found.values.sorted {
            $0.shared.count == $1.shared.count ? $0.record.id < $1.record.id : $0.shared.count > $1.shared.count
        }
    }
}
