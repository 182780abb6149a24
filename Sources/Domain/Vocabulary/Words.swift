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
        "impression", "click", "visit", "form", "email_sent", "email_delivered", "email_open", "email_click",
        "email_reply",
        "email_bounce", "email_unsubscribe", "message_sent", "social_engagement",
        "content_view", "event", "call", "meeting", "demo",
    ]
    /// Kinds of activities.
    public static let activityTypes = ["call", "meeting", "demo", "email", "note", "task"]
    /// The ways an activity can go.
    public static let directions = ["inbound", "outbound"]
    /// How sure the owner of a deal is of it.
    public static let forecastCategories = ["pipeline", "best_case", "commit", "omitted"]
    /// Why deals are lost.
    public static let lostCategories = [
        "price", "no_decision", "competitor", "no_budget", "timing", "product_fit", "other",
    ]
    /// Who has which say in a purchase.
    public static let buyingRoles = ["decision_maker", "champion", "user", "blocker", "influencer"]
    /// What buyers object to.
    public static let objectionCategories = [
        "price", "timing", "authority", "need", "trust", "competitor", "product", "legal", "other",
    ]
    /// What a purchase can be.
    public static let purchaseKinds = ["new", "renewal", "expansion", "refund", "churn"]
    /// Kinds of contents.
    public static let contentKinds = [
        "article", "case_study", "video", "white_paper", "webinar", "email", "landing_page", "presentation",
        "battle_card", "fact_sheet", "other",
    ]
    /// What other systems count.
    public static let measures = [
        "spend", "impressions", "clicks", "sessions", "unique_visitors", "bounces", "likes", "comments", "shares",
        "follows", "mentions", "branded_searches", "share_of_voice", "aided_awareness", "unaided_awareness", "nps",
    ]
    /// The metrics that goals and insights name; the catalogue of metrics has each.
    public static let metrics = [
        "revenue", "deals_won", "deals_lost", "deals_open", "win_rate", "average_deal_size", "sales_cycle_days",
        "pipeline_value", "weighted_pipeline", "leads_created", "mqls", "conversion_rate", "handoff_acceptance",
        "handoff_answer_minutes", "first_contact_minutes",
    ]
    /// The two sides.
    public static let departments = ["sales", "marketing"]
    /// What a user may be.
    public static let roles = Role.allCases.map(\.rawValue)
    /// The classes of reasons for which sales sends a lead back.
    public static let rejectionClasses = ["procedural", "clerical", "definitional"]
}
