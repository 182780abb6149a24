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
        "spend", "sales_cost", "impressions", "clicks", "sessions", "unique_visitors", "bounces", "likes", "comments",
        "shares", "follows", "mentions", "all_mentions", "branded_searches", "all_brand_searches", "share_of_voice",
        "aided_awareness", "unaided_awareness", "nps",
    ]
    /// The metrics that goals and insights name; the catalogue of metrics has each.
    public static let metrics = [
        "revenue", "deals_won", "deals_lost", "deals_open", "deals_opened", "win_rate", "average_deal_size",
        "sales_cycle_days",
        "pipeline_value", "weighted_pipeline", "pipeline_velocity", "pipeline_coverage", "quota_attainment",
        "forecast", "forecast_accuracy", "forecast_bias", "stage_conversion", "stage_days", "open_deal_days",
        "deals_aging", "objections", "objections_answered", "discount_given", "negotiation_rounds", "leads_created",
        "mqls", "conversion_rate", "sessions", "unique_visitors", "bounce_rate", "engagement_rate", "impressions",
        "clicks", "click_through_rate", "email_delivered", "email_click_rate", "email_click_to_open_rate",
        "email_open_rate", "email_unsubscribe_rate", "email_bounce_rate", "social_engagement",
        "social_engagement_rate", "share_of_voice", "share_of_search", "spend", "cost_per_click", "cost_per_lead",
        "cost_per_mql", "cost_per_accepted_lead", "attributed_revenue", "return_on_ad_spend", "campaign_roi",
        "brand_awareness", "marketing_sourced_revenue", "marketing_influenced_revenue", "new_customers",
        "customer_acquisition_cost", "cac_payback_months", "customer_lifetime_value", "ltv_to_cac", "retention",
        "churn_rate", "gross_revenue_retention", "net_revenue_retention", "repeat_purchase_rate",
        "handoff_acceptance", "handoff_on_time", "handoff_rejections", "handoff_answer_minutes",
        "first_contact_minutes", "inquiry_answer_minutes", "agreement_compliance", "insight_turnaround",
        "insights_applied", "journey_length", "journey_touches", "alignment_score", "content_influence",
    ]
    /// Those of them whose value is money.
    public static let metricsOfMoney: Set = [
        "revenue", "average_deal_size", "pipeline_value", "weighted_pipeline", "pipeline_velocity", "forecast", "spend",
        "cost_per_click", "cost_per_lead", "cost_per_mql", "cost_per_accepted_lead", "attributed_revenue",
        "marketing_sourced_revenue", "marketing_influenced_revenue", "customer_acquisition_cost",
        "customer_lifetime_value",
    ]
    /// The two sides.
    public static let departments = ["sales", "marketing"]
    /// What a user may be.
    public static let roles = Role.allCases.map(\.rawValue)
    /// The classes of reasons for which sales sends a lead back.
    public static let rejectionClasses = ["procedural", "clerical", "definitional"]
}
