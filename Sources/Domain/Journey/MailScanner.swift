internal import Store

/// Tells clicks of a mail scanner, which tries every link of a mail seconds after its delivery, from a person's.
enum MailScanner {
    /// How long after delivery a scanner clicks, in milliseconds; people take longer to every link.
    private static let windowMilliseconds: Int64 = 10_000
    /// The least number of links that were clicked where the mail does not say how many it has.
    private static let linksMin: Int64 = 3

    /// Flags the clicks on a mail where this one makes them every link within seconds of delivery.
    static func look(at click: Record, in transaction: inout Transaction) {
        guard let message = click["message_id"].text else { return }
        let touches = transaction.records(Touch.schema.name, where: "message_id", is: .text(message)).filter {
            $0["lead_id"] == click["lead_id"] && $0["visitor_id"] == click["visitor_id"]
        }
        guard let delivery = touches.first(where: { $0["type"].text == "email_delivered" }),
            let delivered = delivery["occurred_at"].instant
        else { return }
        let clicks = touches.filter { touch in
            touch["type"].text == "email_click"
                && touch["occurred_at"].instant.map {
                    (0...windowMilliseconds).contains($0.millisecondsSince(delivered))
                } ?? false
        }
        let links = Set(clicks.compactMap { $0["url"].text }).count
        guard Int64(links) >= max(2, delivery["links"].whole ?? linksMin) else { return }
        for click in clicks where click["suspected_bot"] != .bool(true) {
            var draft = Draft(click)
            draft["suspected_bot"] = .bool(true)
            transaction.put(draft)
        }
    }
}

/// Programs that say of themselves that they are no person.
enum BotAgents {
    /// Parts of the names of crawlers, link checkers and mail scanners, in lower case, as they send them.
    private static let names = [
        "bot", "crawler", "spider", "slurp", "headlesschrome", "phantomjs", "curl/", "wget/", "python-requests",
        "go-http-client", "barracuda", "mimecast", "proofpoint", "safelinks", "googleimageproxy", "facebookexternalhit",
        "link checker", "preview",
    ]

    static func isOne(_ agent: String?) -> Bool {
        guard let agent = agent?.lowercased() else { return false }
        return names.contains { agent.contains($0) }
    }
}
