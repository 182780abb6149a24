import Testing

@testable import HTTPServer

@Suite("A plan of listening sockets")
struct ListenerPlanTests {
    private static func plan(
        _ listenings: [Listening], adopting adopted: [Listener] = [], loops: Int = 2
    ) throws(SystemFault) -> ListenerPlan {
        try ListenerPlan(listenings, adopting: adopted, loopCount: loops)
    }

    @Test("has a socket for each loop at a port")
    func loops() throws {
        let plan = try Self.plan([.loopback()], loops: 3)
        #expect(plan.listenings.count == 1)
        #expect(plan.all.count == 3)
        for loop in 0..<3 { #expect(plan.listeners(of: loop).map(\.raw) == [plan.all[loop].raw]) }
    }

    @Test("gives each port that is left to the system a number of its own")
    func freePorts() throws {
        let plan = try Self.plan([.loopback(), .loopback()])
        #expect(plan.listenings.count == 2)
        #expect(plan.all.count == 4)
        #expect(!plan.listenings.contains { $0.address.port == 0 })
    }

    @Test("has an address once that is named twice")
    func twice() throws {
        let free = try Listener(.loopback(), isFirst: true).listening
        let plan = try Self.plan([free, free])
        #expect(plan.listenings == [free])
    }

    @Test("takes what is handed over for a port that is left to the system, once, and not what is named")
    func adopted() throws {
        let handed = [try Listener(.loopback(), isFirst: true), try Listener(.loopback(), isFirst: true)]
        let plan = try Self.plan([.loopback(), handed[0].listening, .loopback()], adopting: handed)
        #expect(plan.listenings.prefix(2) == [handed[0].listening, handed[1].listening])
        #expect(plan.listenings.count == 3)
        #expect(try Self.plan([.loopback()], adopting: [handed[0]]).listenings == [handed[0].listening])
    }

    @Test("has loops share what is handed over where it is too little, and waits at all of it where it is too much")
    func sharing() throws {
        let one = try Listener(.loopback(), isFirst: true)
        let few = try Self.plan([], adopting: [one], loops: 3)
        for loop in 0..<3 { #expect(few.listeners(of: loop).map(\.raw) == [one.raw]) }
        let all = [one, try Listener(one.listening, isFirst: false), try Listener(one.listening, isFirst: false)]
        let many = try Self.plan([], adopting: all, loops: 2)
        #expect(many.listeners(of: 0).map(\.raw) == [all[0].raw, all[2].raw])
        #expect(many.listeners(of: 1).map(\.raw) == [all[1].raw])
    }

    @Test("fails where a port is taken")
    func taken() throws {
        let other = try Listener(.loopback(), isFirst: true)
        #expect(throws: SystemFault.self) { try Self.plan([other.listening]) }
    }
}
