/// Every lifecycle but the lead's, which is ``Lifecycle``: one table each, and nothing else says what may become what.
public enum Lifecycles {
    /// `draft → active ⇄ paused → completed → archived`
    public static let campaign = StateTable(
        "a campaign", ["draft", "active", "paused", "completed", "archived"],
        [
            .init("activate", ["draft", "paused"], "active"), .init("pause", ["active"], "paused"),
            .init("complete", ["active", "paused"], "completed"), .init("archive", ["draft", "completed"], "archived"),
        ])

    /// `draft → published ⇄ archived`
    public static let content = StateTable(
        "a content", ["draft", "published", "archived"],
        [
            .init("publish", ["draft", "archived"], "published"), .init("archive", ["draft", "published"], "archived"),
        ])

    /// `draft → active ⇄ paused → archived`
    public static let nurture = StateTable(
        "a nurture", ["draft", "active", "paused", "archived"],
        [
            .init("activate", ["draft", "paused"], "active"), .init("pause", ["active"], "paused"),
            .init("archive", ["draft", "active", "paused"], "archived"),
        ])

    /// `active → completed | exited`; what left by a merge goes on when that is taken back.
    public static let enrolment = StateTable(
        "an enrolment", ["active", "completed", "exited"],
        [
            .init("complete", ["active"], "completed"), .init("exit", ["active"], "exited"),
            .init("resume", ["exited"], "active"),
        ])

    /// `pending → accepted | rejected | overdue`; what is overdue can still be answered, or goes to somebody else; what
    /// was accepted and never touched goes back.
    public static let handOff = StateTable(
        "a hand-off", ["pending", "accepted", "rejected", "overdue", "rerouted", "returned"],
        [
            .init("accept", ["pending", "overdue"], "accepted"), .init("reject", ["pending", "overdue"], "rejected"),
            .init("expire", ["pending"], "overdue"), .init("reroute", ["overdue"], "rerouted"),
            .init("return", ["accepted"], "returned"),
        ])

    /// `open → answered`
    public static let inquiry = StateTable(
        "an inquiry", ["open", "answered"],
        [.init("answer", ["open"], "answered"), .init("reopen", ["answered"], "open")])

    /// An offer above the limit waits for a manager; what is open is accepted, declined, withdrawn or expires.
    public static let offer = StateTable(
        "an offer", ["open", "awaiting_approval", "refused", "accepted", "declined", "withdrawn", "expired"],
        [
            .init("approve", ["awaiting_approval"], "open"), .init("refuse", ["awaiting_approval"], "refused"),
            .init("accept", ["open"], "accepted"), .init("decline", ["open"], "declined"),
            .init("withdraw", ["open", "awaiting_approval"], "withdrawn"),
            .init("expire", ["open", "awaiting_approval"], "expired"),
        ])

    /// `open → answered`; who is not satisfied is answered again.
    public static let objection = StateTable(
        "an objection", ["open", "answered"], [.init("answer", ["open", "answered"], "answered")])

    /// `new → triaged → applied | dismissed`
    public static let insight = StateTable(
        "an insight", ["new", "triaged", "applied", "dismissed"],
        [
            .init("triage", ["new"], "triaged"), .init("apply", ["triaged"], "applied"),
            .init("dismiss", ["new", "triaged"], "dismissed"),
        ])

    /// `draft → signed → superseded`: signed by both departments, until a newer one is in force.
    public static let agreement = StateTable(
        "an agreement", ["draft", "signed", "superseded"],
        [.init("complete", ["draft"], "signed"), .init("supersede", ["signed"], "superseded")])

    /// `open → won | lost`, and back by hand; which stage of the pipeline an open deal is in is the pipeline's.
    public static let deal = StateTable(
        "a deal", ["open", "won", "lost"],
        [
            .init("move", ["open"], "open"), .init("win", ["open"], "won"), .init("lose", ["open"], "lost"),
            .init("reopen", ["won", "lost"], "open"),
        ])

    /// All of them, by the resource.
    public static let all: [(resource: String, table: StateTable)] = [
        ("campaigns", campaign), ("contents", content), ("nurtures", nurture), ("enrolments", enrolment),
        ("handoffs", handOff), ("inquiries", inquiry), ("offers", offer), ("objections", objection),
        ("insights", insight), ("agreements", agreement), ("deals", deal),
    ]
}
