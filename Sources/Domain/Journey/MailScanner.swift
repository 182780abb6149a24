internal import Store

/// Tells clicks of a mail scanner, which tries every link of a mail seconds after its delivery, from a person's.
enum MailScanner {
    /// How long after delivery a scanner clicks, in milliseconds; people take longer to every link.
    private static let windowMilliseconds: Int64 = 10_000
    /// The least number of links that were clicked where the mail does not say how many it has.
    private static let linksMin: Int64 = 3

    /// Flags the clicks on a mail where every link of it was clicked within seconds of delivery, in whatever order that
    /// is told.
    static func look(at touch: Record, in transaction: inout Transaction) {
        guard let message = touch["message_id"].text else { return }
        let person = touch["lead_id"].isNull ? "visitor_id" : "lead_id"
        let touches = transaction.records(Touch.schema.name, where: "message_id", is: .text(message)).filter {
            $0[person] == touch[person]
        }
        // Who tells no delivery tells when it was sent.
        let deliveries = ["email_delivered", "email_sent"].compactMap { type in
            touches.first { $0["type"].text == type }
        }
        guard let delivery = deliveries.first, let delivered = delivery["occurred_at"].instant else { return }
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
    /// Parts, in lower case, of what crawlers, link checkers and mail scanners send as `User-Agent` by their makers'
    /// documentation; crawlers that keep to the custom of saying where they are explained have `+http` in it.
    ///
    /// Proxies that load the images of a mail when a person opens it are none.
    private static let names = [
        "+http", "googlebot", "bingbot", "bot/", "crawler", "spider", "slurp", "headlesschrome", "phantomjs", "curl/",
        "wget/", "python-requests", "go-http-client", "barracuda", "mimecast", "proofpoint", "safelinks",
        "facebookexternalhit", "linkchecker",
    ]

    static func isOne(_ agent: String?) -> Bool {
        guard let agent = agent?.lowercased() else { return false }
        return names.contains { agent.contains($0) }
    }
}
