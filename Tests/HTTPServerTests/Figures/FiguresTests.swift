import Testing

@testable import HTTPServer

@Suite("Figures")
struct FiguresTests {
    @Test("fall into the step whose bound they do not exceed")
    func steps() {
        for step in 0..<14 {
            let bound = Histogram.bounds[step] * 1000
            for (duration, place) in [(bound, step), (bound + 1, step + 1)] {
                var histogram = Histogram()
                histogram.note(duration)
                #expect(histogram.counts[place] == 1, "\(duration) ns")
                #expect(histogram.nanoseconds == duration)
            }
        }
    }

    @Test("of several loops add up, by route and status")
    func sum() {
        var (all, other) = (LoopFigures(), LoopFigures())
        all.note(route: 1, status: 200, nanoseconds: 1)
        other.note(route: 1, status: 200, nanoseconds: 20_000)
        other.note(route: 1, status: 404, nanoseconds: 1)
        other.note(route: 3, status: 200, nanoseconds: 1)
        other.acceptedConnections = 5
        all.add(other)
        #expect(all.routes.count == 4)
        #expect(all.routes[1].statuses.map { "\($0.status) \($0.count)" } == ["200 2", "404 1"])
        #expect(all.routes[1].latency.counts[0] == 2)
        #expect(all.routes[1].latency.counts[1] == 1)
        #expect(all.routes[3].statuses.count == 1)
        #expect(all.acceptedConnections == 5)
    }

    @Test("are written with their labels escaped, and steps that add up")
    func exposition() {
        var exposition = Exposition()
        exposition.family("one", .gauge, "One.")
        exposition.sample([], -3)
        exposition.sample([("a", "b\\c\"d\ne"), ("f", "ü")], 7)
        var histogram = Histogram()
        for duration: Int64 in [5_000, 20_000, 20_001, 60_000_000_000] { histogram.note(duration) }
        exposition.family("two", .histogram, "Two.")
        exposition.histogram([("g", "h")], histogram)
        let lines = String(decoding: exposition.bytes, as: UTF8.self).split(separator: "\n")
        #expect(
            lines[..<4] == ["# HELP one One.", "# TYPE one gauge", "one -3", "one{a=\"b\\\\c\\\"d\\ne\",f=\"ü\"} 7"])
        #expect(lines[6] == "two_bucket{g=\"h\",le=\"0.00001\"} 1")
        #expect(lines[7] == "two_bucket{g=\"h\",le=\"0.00003\"} 3")
        #expect(lines[20] == "two_bucket{g=\"h\",le=\"+Inf\"} 4")
        #expect(lines[21...] == ["two_sum{g=\"h\"} 60.000045001", "two_count{g=\"h\"} 4"])
    }
}
