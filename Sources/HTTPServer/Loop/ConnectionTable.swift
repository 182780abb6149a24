/// The connections of a loop by their places, which are used again.
struct ConnectionTable {
    private var connections: [Connection?] = []
    private var generations: [UInt32] = []
    private var freeSlots: [Int] = []
    private(set) var openCount = 0

    /// The connection `id` names, or `nil` when it has gone.
    subscript(id: ConnectionID) -> Connection? {
        guard id.slot < connections.count, generations[id.slot] == id.generation else { return nil }
        return connections[id.slot]
    }

    /// The name of the connection that is put next.
    mutating func nextID() -> ConnectionID {
        let slot = freeSlots.popLast() ?? connections.count
        if slot == connections.count {
            connections.append(nil)
            generations.append(0)
        }
        return ConnectionID(slot: slot, generation: generations[slot])
    }

    mutating func put(_ connection: Connection) {
        connections[connection.id.slot] = connection
        openCount += 1
    }

    /// Takes a connection out; `false` when it is not there.
    mutating func remove(_ connection: Connection) -> Bool {
        let slot = connection.id.slot
        guard connections[slot] === connection else { return false }
        connections[slot] = nil
        generations[slot] &+= 1
        freeSlots.append(slot)
        openCount -= 1
        return true
    }

    /// Each connection that is there now.
    var all: [Connection] { connections.compactMap(\.self) }
}

/// Names a connection of one loop for as long as it lives, and nothing after.
struct ConnectionID: Sendable, Equatable {
    let slot: Int
    let generation: UInt32

    init(slot: Int, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    init(tag: UInt64) {
        slot = Int(tag & 0xFFFF_FFFF)
        generation = UInt32(tag >> 32)
    }

    var tag: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}
