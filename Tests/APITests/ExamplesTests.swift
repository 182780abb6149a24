import Dispatch
import JSON
import Locks
import Store
import TestSupport
import Testing

@testable import API
@testable import Domain

@Suite("The example of a request")
struct ExamplesTests {
    @Test("is taken by each resource, where what it refers to is there")
    func make() throws {
        // After the days that the examples are of.
        let store = try Store(MemoryLedger(), resources: Resources.schemas, clock: { Instant("2026-06-01T09:00:00Z")! })
        let refusals = Locked<[String: String]?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        store.write(by: Author(actor: "test", request: "")) { transaction throws(Refusal) in
            var made = Made()
            for resource in Resources.all where !resource.isMadeByActions { made.make(resource, in: &transaction) }
            return made.refusals
        } settled: { outcome in
            if case .done(let found, _) = outcome { refusals.withLock { $0 = found } }
            isDone.signal()
        }
        store.flush()
        isDone.wait()
        #expect(refusals.withLock(\.self) == [:])
        store.close()
    }
}

/// The records that examples made, by what their ids begin with.
private struct Made {
    private var ids: [String: Identifier] = [:]
    private var begun: Set<String> = []
    private(set) var refusals: [String: String] = [:]

    /// Makes the example of a resource, after those of what it refers to.
    mutating func make(_ resource: any Resource.Type, in transaction: inout Transaction) {
        let schema = resource.schema
        guard begun.insert(schema.prefix).inserted else { return }
        let input = withIDs(Examples.input(of: schema), in: &transaction) ?? [:]
        do throws(Refusal) {
            ids[schema.prefix] = try Commands.create(resource, input, in: &transaction).id
        } catch .invalid(let faults) {
            refusals[schema.name] = "\(faults) of \(input)"
        } catch {
            // By what stands now, such as a lead that no hand-off is made of, and not for what is said.
        }
    }

    /// The same with ids of what is there; `nil` where nothing is, as in what refers to its own kind.
    private mutating func withIDs(_ value: JSON, in transaction: inout Transaction) -> JSON? {
        switch value {
        case .object(let members):
            var kept: [JSON.Member] = []
            for member in members {
                if let value = withIDs(member.value, in: &transaction) { kept.append(.init(member.name, value)) }
            }
            return .object(kept)
        case .array(let elements):
            var kept: [JSON] = []
            for element in elements { if let value = withIDs(element, in: &transaction) { kept.append(value) } }
            return .array(kept)
        case .string(let text):
            guard let resource = Resources.all.first(where: { Examples.id($0.schema.prefix) == text }) else {
                return value
            }
            make(resource, in: &transaction)
            return ids[resource.schema.prefix].map { .string($0.text(prefix: resource.schema.prefix)) }
        default: return value
        }
    }
}
