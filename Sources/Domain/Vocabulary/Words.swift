/// The words that fields choose from; each list is the field's own.
public enum Words {
    /// Where a touch or a campaign happens.
    public static let channels = [
        "advertising", "search", "social_media", "email", "content", "event", "referral", "partner", "affiliate",
        "direct", "outbound", "other",
    ]
    /// What a campaign is for.
    public static let objectives = ["awareness", "engagement", "lead_generation", "nurture", "retention"]
    /// Kinds of touches.
    public static let touchTypes = [
        "impression", "click", "visit", "form", "email_open", "email_click", "email_reply", "social_engagement",
        "content_view", "event", "call", "meeting", "demo",
    ]
    /// Kinds of activities.
    public static let activityTypes = ["call", "meeting", "demo", "email", "note", "task"]
    /// The ways an activity can go.
    public static let directions = ["inbound", "outbound"]
    /// The two sides.
    public static let departments = ["sales", "marketing"]
    /// What a user may be.
    public static let roles = Role.allCases.map(\.rawValue)
    /// The classes of reasons for which sales sends a lead back.
    public static let rejectionClasses = ["procedural", "clerical", "definitional"]
}
