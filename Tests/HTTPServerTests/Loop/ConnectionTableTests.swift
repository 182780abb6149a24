import Glibc
import Testing

@testable import HTTPServer

@Suite("A table of connections")
struct ConnectionTableTests {
    /// A table and what a connection needs.
    private struct Fixture {
        var table = ConnectionTable()
        private let state: LoopState

        init() throws {
            let settings = ServerSettings(Router(), ServerOptions())
            state = LoopState(loop: try EventLoop(number: 0), wake: -1, listeners: [], settings: settings)
        }

        mutating func add() -> Connection {
            let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            let id = table.nextID()
            let connection = Connection(id: id, socket: Socket(Descriptor(raw)), peer: nil, state: state)
            table.put(connection)
            return connection
        }
    }

    @Test("names each connection, and uses the place of one that went again under another name")
    func names() throws {
        var fixture = try Fixture()
        let (one, two) = (fixture.add(), fixture.add())
        #expect(fixture.table.openCount == 2)
        #expect(fixture.table[one.id] === one)
        #expect(fixture.table[two.id] === two)
        let isRemoved = fixture.table.remove(one)
        #expect(isRemoved)
        #expect(fixture.table[one.id] == nil)
        let three = fixture.add()
        #expect(three.id.slot == one.id.slot)
        #expect(three.id != one.id)
        #expect(fixture.table[one.id] == nil, "what comes late for the one is not for the other")
        #expect(fixture.table[three.id] === three)
        #expect(fixture.table.all.map(\.id) == [three.id, two.id])
    }

    @Test("takes a connection out once")
    func removal() throws {
        var fixture = try Fixture()
        let one = fixture.add()
        let removals = [fixture.table.remove(one), fixture.table.remove(one)]
        #expect(removals == [true, false])
        #expect(fixture.table.openCount == 0)
        let two = fixture.add()
        let isRemoved = fixture.table.remove(one)
        #expect(!isRemoved, "another has its place")
        #expect(fixture.table[two.id] === two)
    }

    @Test("knows nothing of a place that it never had")
    func unknown() throws {
        let fixture = try Fixture()
        #expect(fixture.table[ConnectionID(slot: 5, generation: 0)] == nil)
    }

    @Test("has names that a tag of 64 bits holds")
    func tags() {
        for id in [
            ConnectionID(slot: 0, generation: 0), ConnectionID(slot: 9999, generation: 7),
            ConnectionID(slot: 0xFFFF_FFFE, generation: .max),
        ] {
            #expect(ConnectionID(tag: id.tag) == id)
        }
    }
}
