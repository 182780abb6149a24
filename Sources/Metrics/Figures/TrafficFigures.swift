internal import Domain
internal import Store

/// Figures over visitors, mail and what other systems count.
enum TrafficFigures {
    private static let observed = Dimension.ofObservations
    private static let touched = Dimension.times + [.channel, .campaign, .source, .content]

    static let all = [
        Metric(
            "sessions", unit: "count", .total, of: [.touches, .observations], dimensions: observed,
            "Own touches of one person with gaps of at most 30 minutes are one session, at its first touch; and the sessions that other systems observed."
        ) { asked in asked.sessions().map { $0.fact } + asked.observed("sessions") },
        Metric(
            "unique_visitors", unit: "count", .distinct, of: [.touches], dimensions: touched,
            "The different people with a touch on our own pages in the period, known or not; different over the whole period, so that groups do not add up to it. What others observed day by day cannot be made distinct and is left out."
        ) { asked in
            asked.ownTouches().map { row in
                var fact = Fact(.touches, row, at: asked.facts.touches[row].at)
                fact.value = asked.facts.touches[row].person
                return fact
            }
        },
        Metric(
            "bounce_rate", unit: "ratio", better: .less, .composed(numbers("bounces", "sessions")),
            of: [.touches, .observations],
            dimensions: observed,
            "Sessions of a single touch ÷ sessions, own and observed; observed ones of channels of which both are."
        ) { asked in
            let sessions = asked.sessions()
            let observed = asked.observed("sessions", inChannelsOf: asked.ever.observed("bounces"))
            return sessions.filter { $0.touchCount == 1 }.map(\.fact)
                + asked.observed("bounces", inChannelsOf: asked.ever.observed("sessions"))
                + (sessions.map(\.fact) + observed).map { $0.asPart(1) }
        },
        Metric(
            "engagement_rate", unit: "ratio", .composed(numbers("engaged_sessions", "sessions")), of: [.touches],
            dimensions: observed, "Own sessions of more than one touch ÷ own sessions."
        ) { asked in
            let sessions = asked.sessions()
            return sessions.filter { $0.touchCount > 1 }.map(\.fact) + sessions.map { $0.fact.asPart(1) }
        },
        counted("impressions", "Impressions, own and observed.") { $0.impression },
        counted("clicks", "Clicks on what was shown, own and observed; clicks in mail are apart.") { $0.click },
        Metric(
            "click_through_rate", unit: "ratio", .composed(numbers("clicks", "impressions")),
            of: [.touches, .observations], dimensions: observed,
            "Clicks ÷ impressions, own and observed, of channels of which both are known."
        ) { asked in
            let types = asked.facts.touchTypes
            let observed = asked.observed("impressions", inChannelsOf: asked.ever.counted("clicks", types.click))
            let shown = asked.ever.counted("impressions", types.impression)
            return asked.of(asked.counted("clicks", types.click), inChannelsOf: shown)
                + (asked.touches(of: types.impression) + observed).map { $0.asPart(1) }
        },
        mail("email_delivered", "Mails delivered.") { $0.delivered },
        mailRate("email_click_rate", "clicks", isShare: false, "Clicks in mail, each counted, ÷ mails delivered.") {
            ($0.emailClick, $0.delivered)
        },
        mailRate(
            "email_click_to_open_rate", "clicks", isShare: false,
            "Clicks in mail ÷ its opens, each counted; what opens is unreliable."
        ) {
            ($0.emailClick, $0.open)
        },
        mailRate(
            "email_open_rate", "opens", isShare: false,
            "Opens of mail, each counted, ÷ mails delivered: unreliable, since mail programs open mail unseen, and others hide it."
        ) { ($0.open, $0.delivered) },
        mailRate("email_unsubscribe_rate", better: .less, "unsubscribes", "Unsubscribes ÷ mails delivered.") {
            ($0.unsubscribe, $0.delivered)
        },
        mailRate("email_bounce_rate", better: .less, "bounces", "Mails that came back ÷ mails sent.") {
            ($0.bounce, $0.sent)
        },
        Metric(
            "social_engagement", unit: "count", .total, of: [.touches, .observations], dimensions: observed,
            "Likes, comments, shares and clicks on social media, own and observed."
        ) { asked in asked.socialEngagement() },
        Metric(
            "social_engagement_rate", unit: "ratio", .composed(numbers("engagement", "audience", isShare: false)),
            of: [.touches, .observations], dimensions: observed, parameters: ["per"], isWholeAskedAlone: true,
            "Likes, comments, shares and clicks on social media ÷ its impressions, or per=followers ÷ those who follow, as last observed of each channel and campaign."
        ) { asked in
            let audience =
                asked.question.options.perFollowers
                ? asked.onSocialMedia(asked.lastObserved("follows"))
                : asked.onSocialMedia(asked.counted("impressions", asked.facts.touchTypes.impression))
            return asked.socialEngagement() + audience.map { $0.asPart(1) }
        },
        Metric(
            "share_of_voice", unit: "ratio", .composed(numbers("mentions", "all_mentions")), of: [.observations],
            dimensions: observed, "Own mentions ÷ all mentions of the field, as observed."
        ) { asked in asked.observed("mentions") + asked.observed("all_mentions").map { $0.asPart(1) } },
        Metric(
            "share_of_search", unit: "ratio", .composed(numbers("branded_searches", "all_brand_searches")),
            of: [.observations], dimensions: observed, "Searches of our brand ÷ searches of all brands, as observed."
        ) { asked in
            asked.observed("branded_searches") + asked.observed("all_brand_searches").map { $0.asPart(1) }
        },
    ]

    private static func numbers(_ above: String, _ below: String, isShare: Bool = true) -> Composition {
        var ratio = Composition.ratio(.init(name: above, measure: .number), .init(name: below, measure: .number))
        ratio.isShare = isShare
        return ratio
    }

    private static func counted(
        _ name: String, _ definition: String, _ type: @escaping @Sendable (TouchTypes) -> Int32
    ) -> Metric {
        Metric(
            name, unit: "count", .total, of: [.touches, .observations], dimensions: observed, definition
        ) { asked in asked.counted(name, type(asked.facts.touchTypes)) }
    }

    private static func mail(
        _ name: String, _ definition: String, _ type: @escaping @Sendable (TouchTypes) -> Int32
    ) -> Metric {
        Metric(name, unit: "count", .total, of: [.touches], dimensions: touched, definition) { asked in
            asked.touches(of: type(asked.facts.touchTypes))
        }
    }

    /// - Parameter isShare: whether a mail counts once at most: one that is clicked twice makes two clicks, so that no
    ///   interval of a share holds of them.
    private static func mailRate(
        _ name: String, better: Metric.Better = .more, _ part: String, isShare: Bool = true, _ definition: String,
        _ types: @escaping @Sendable (TouchTypes) -> (above: Int32, below: Int32)
    ) -> Metric {
        let below = name.contains("click_to_open") ? "opens" : name.contains("bounce") ? "sent" : "delivered"
        return Metric(
            name, unit: "ratio", better: better, .composed(numbers(part, below, isShare: isShare)), of: [.touches],
            dimensions: touched, definition
        ) { asked in
            let (first, second) = types(asked.facts.touchTypes)
            return asked.touches(of: first) + asked.touches(of: second).map { $0.asPart(1) }
        }
    }
}

/// Touches of one person that follow one another.
struct Session {
    let fact: Fact
    var touchCount: Int
}

extension Asked {
    /// The longest gap within a session, in milliseconds.
    private static var gap: Int64 { 30 * 60_000 }

    /// The rows of the touches of people on our own pages in the period, machines' left out.
    func ownTouches() -> [Int32] {
        let types = facts.touchTypes
        let own = [types.visit, types.click, types.form, types.contentView, types.emailClick]
        return facts.touches.facts.indices.compactMap { row in
            let touch = facts.touches.facts[row]
            return contains(touch.at) && !touch.isBot && own.contains(touch.type) ? Int32(row) : nil
        }
    }

    /// The sessions that began in the period; one that began before it is not of it.
    func sessions() -> [Session] {
        var wider = question
        wider.from = question.from?.advanced(byMilliseconds: -Instant.dayMilliseconds)
        wider.to = question.to?.advanced(byMilliseconds: Instant.dayMilliseconds)
        // Touches of the day before tell which sessions had begun already, those of the day after how long they were.
        let rows = of(wider).ownTouches().sorted { left, right in
            let (first, second) = (facts.touches[left], facts.touches[right])
            if first.person != second.person { return first.person < second.person }
            return first.at == second.at ? left < right : first.at < second.at
        }
        var sessions: [Session] = []
        var last: TouchRow?
        for row in rows {
            let touch = facts.touches[row]
            if let last, last.person == touch.person, touch.at - last.at <= Self.gap {
                sessions[sessions.count - 1].touchCount += 1
            } else {
                var fact = Fact(.touches, row, at: touch.at)
                fact.value = 1000
                sessions.append(Session(fact: fact, touchCount: 1))
            }
            last = touch
        }
        return sessions.filter { contains($0.fact.at) }
    }

    /// What was observed of a measure in the period, each at its day, in thousandths.
    func observed(_ measure: String) -> [Fact] {
        guard let wanted = facts.words.known(measure) else { return [] }
        return facts.observations.facts.enumerated().compactMap { row, observation in
            guard observation.measure == wanted, observation.on != .max else { return nil }
            let at = question.zone.start(of: Day(number: observation.on)).milliseconds
            guard contains(at) else { return nil }
            var fact = Fact(.observations, Int32(row), at: at)
            fact.value = observation.thousandths
            return fact
        }
    }

    /// The same of those channels alone that other facts are of: what nobody counted is not 0.
    fileprivate func observed(_ measure: String, inChannelsOf others: [Fact]) -> [Fact] {
        of(observed(measure), inChannelsOf: others)
    }

    fileprivate func of(_ items: [Fact], inChannelsOf others: [Fact]) -> [Fact] {
        let channels = Set(others.map(channel))
        return items.filter { channels.contains(channel(of: $0)) }
    }

    /// The same question of all time until now.
    fileprivate var ever: Asked {
        var open = question
        (open.from, open.to) = (nil, nil)
        return of(open)
    }

    /// The channel of a touch or an observation.
    private func channel(of fact: Fact) -> Int32 {
        fact.kind == .touches ? facts.touches[fact.row].channel : facts.observations[fact.row].channel
    }

    /// What was last observed of a measure by the end of the period, of each channel and campaign; by the end of each length
    /// of the calendar where the question is cut by one.
    func lastObserved(_ measure: String) -> [Fact] {
        var open = question
        open.from = nil
        let all = of(open).observed(measure)
        let last = bounds.upperBound - 1
        let units = Set((question.groupBy + question.filters.map(\.dimension)).compactMap(\.calendarUnit))
        guard let unit = CalendarUnit.allCases.first(where: units.contains),
            let first = all.map(\.at).min()
        else { return newest(of: all, at: last) }
        let days = DayReader(question.zone)
        let numbers = days.number(of: min(last, max(bounds.lowerBound, first)), unit)...days.number(of: last, unit)
        // A century of days: older ones have no audience.
        return numbers.suffix(36_525).flatMap { number in
            let end = question.zone.start(of: unit.dayAfterUnit(of: unit.firstDay(ofUnit: number))).milliseconds - 1
            return newest(of: all, at: min(end, last))
        }
    }

    private func newest(of items: [Fact], at instant: Int64) -> [Fact] {
        var newest: [Int64: Fact] = [:]
        for fact in items where fact.at <= instant {
            let observation = facts.observations[fact.row]
            let key = Int64(observation.channel) << 32 | Int64(UInt32(bitPattern: observation.campaign))
            if newest[key].map({ $0.at < fact.at }) ?? true { newest[key] = fact }
        }
        return newest.values.sorted { $0.row < $1.row }.map { fact in
            var fact = fact
            fact.at = instant
            return fact
        }
    }

    /// The touches of a type in the period, machines' left out, one each.
    func touches(of type: Int32) -> [Fact] {
        facts.touches.facts.enumerated().compactMap { row, touch in
            guard touch.type == type, contains(touch.at), !touch.isBot else { return nil }
            var fact = Fact(.touches, Int32(row), at: touch.at)
            fact.value = 1000
            return fact
        }
    }

    /// Own touches of a type and what was observed of a measure.
    func counted(_ measure: String, _ type: Int32) -> [Fact] { touches(of: type) + observed(measure) }

    /// What happened on social media of some facts.
    func onSocialMedia(_ items: [Fact]) -> [Fact] {
        guard let social = facts.words.known("social_media") else { return [] }
        return items.filter { channel(of: $0) == social }
    }

    /// Likes, comments, shares and clicks on social media.
    func socialEngagement() -> [Fact] {
        let observed = ["likes", "comments", "shares", "clicks"].flatMap { self.observed($0) }
        let types = facts.touchTypes
        return onSocialMedia(observed + touches(of: types.social) + touches(of: types.click))
    }
}
