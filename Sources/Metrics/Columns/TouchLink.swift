/// A touch as an attribution looks at it, in the run of its lead, in order of time: what it needs is together.
struct TouchLink: Sendable {
    /// What is to be known of whether it counts.
    struct Marks: OptionSet, Sendable {
        let rawValue: UInt32

        static let isBot = Marks(rawValue: 1)
        static let isDirect = Marks(rawValue: 2)
        /// A deed of the person.
        static let isEngagement = Marks(rawValue: 4)
        /// An impression, or a mail opened.
        static let isImpression = Marks(rawValue: 8)
    }

    let at: Int64
    let row: Int32
    let campaign: Int32
    let channel: Int32
    let source: Int32
    let content: Int32
    let marks: Marks

    init(_ touch: TouchRow, row: Int32, _ types: TouchTypes, direct: Int32) {
        at = touch.at
        self.row = row
        campaign = touch.campaign
        channel = touch.channel
        source = touch.source
        content = touch.content
        var marks: Marks = touch.isBot ? .isBot : []
        if touch.channel == direct { marks.insert(.isDirect) }
        if types.isEngagement(touch.type) { marks.insert(.isEngagement) }
        if touch.type == types.impression || touch.type == types.open { marks.insert(.isImpression) }
        self.marks = marks
    }
}
