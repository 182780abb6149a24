/// The numbers of what a purchase can be.
struct PurchaseKinds: Sendable {
    let new, renewal, expansion, refund, churn: Int32

    init(_ words: inout WordList) {
        new = words.number(of: "new")
        renewal = words.number(of: "renewal")
        expansion = words.number(of: "expansion")
        refund = words.number(of: "refund")
        churn = words.number(of: "churn")
    }
}

/// The numbers of what a touch can be.
struct TouchTypes: Sendable {
    let impression, click, visit, form, contentView, social: Int32
    let sent, delivered, open, emailClick, reply, bounce, unsubscribe, message: Int32

    init(_ words: inout WordList) {
        impression = words.number(of: "impression")
        click = words.number(of: "click")
        visit = words.number(of: "visit")
        form = words.number(of: "form")
        contentView = words.number(of: "content_view")
        social = words.number(of: "social_engagement")
        sent = words.number(of: "email_sent")
        delivered = words.number(of: "email_delivered")
        open = words.number(of: "email_open")
        emailClick = words.number(of: "email_click")
        reply = words.number(of: "email_reply")
        bounce = words.number(of: "email_bounce")
        unsubscribe = words.number(of: "email_unsubscribe")
        message = words.number(of: "message_sent")
    }

    /// Whether it is a deed of the person, which earns credit: what we sent, and a mail that came back, is none.
    func isEngagement(_ type: Int32) -> Bool {
        switch type {
        case WordList.none, impression, open, sent, delivered, bounce, unsubscribe, message: false
        default: true
        }
    }
}
