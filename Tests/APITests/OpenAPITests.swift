import API
import Domain
import Foundation
import HTTPServer
import HTTPTypes
import JSON
import Ledger
import Store
import TestSupport
import Testing
import Yams

@Suite("The description of the API")
struct OpenAPITests {
    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    @Test("in openapi.yaml is what the declarations say; scripts/openapi writes it anew")
    func file() throws {
        let yaml = try String(contentsOfFile: "\(Self.package)/openapi.yaml", encoding: .utf8)
        let node = try #require(try Yams.compose(yaml: yaml))
        #expect(Self.difference(Self.json(node), OpenAPI.document, at: "") == nil)
    }

    @Test("in docs/REFERENCE.md is what the declarations say; scripts/openapi writes it anew")
    func reference() throws {
        let text = try String(contentsOfFile: "\(Self.package)/docs/REFERENCE.md", encoding: .utf8)
        #expect(text == Reference.markdown)
    }

    @Test("has every route, and no other")
    func routes() throws {
        let store = try Store(MemoryLedger(), resources: Resources.schemas, clock: { Instant(milliseconds: 0) })
        let router = Service(store, isOpen: true).router(clock: { Instant(milliseconds: 0) })
        let routed = Set(router.routes.map { "\($0.method.rawValue.lowercased()) \($0.pattern)" })
        var described = Set<String>()
        for path in OpenAPI.document["paths"]?.members ?? [] {
            for member in path.value.members ?? [] where member.name != "parameters" {
                described.insert("\(member.name) \(path.name)")
            }
        }
        #expect(routed == described)
        store.close()
    }

    @Test("gives every operation an answer, a problem, and examples of its bodies")
    func examples() throws {
        for path in OpenAPI.document["paths"]?.members ?? [] {
            for operation in path.value.members ?? [] where operation.name != "parameters" {
                let name = "\(operation.name) \(path.name)"
                let responses = operation.value["responses"]?.members ?? []
                #expect(responses.contains { $0.name.hasPrefix("2") }, "\(name)")
                #expect(responses.contains { $0.name.hasPrefix("4") || $0.name.hasPrefix("5") }, "\(name)")
                for content in responses.compactMap({ $0.value["content"] })
                    + [operation.value["requestBody"]?["content"]].compactMap({ $0 })
                {
                    for type in content.members ?? [] { #expect(type.value["example"] != nil, "\(name) \(type.name)") }
                }
            }
        }
    }

    /// The first place at which two values differ; the order of members does not count.
    private static func difference(_ left: JSON, _ right: JSON, at place: String) -> String? {
        switch (left, right) {
        case (.object(let first), .object(let second)):
            guard Set(first.map(\.name)) == Set(second.map(\.name)) else {
                return "\(place): \(Set(first.map(\.name)).symmetricDifference(second.map(\.name)).sorted())"
            }
            for member in first {
                guard let other = right[member.name] else { return "\(place)/\(member.name)" }
                if let found = difference(member.value, other, at: "\(place)/\(member.name)") { return found }
            }
            return nil
        case (.array(let first), .array(let second)):
            guard first.count == second.count else { return "\(place): \(first.count) and \(second.count) elements" }
            for (index, pair) in zip(first, second).enumerated() {
                if let found = difference(pair.0, pair.1, at: "\(place)/\(index)") { return found }
            }
            return nil
        default: return left == right ? nil : "\(place): \(left) and \(right)"
        }
    }

    private static func json(_ node: Node) -> JSON {
        switch node {
        case .mapping(let mapping):
            return .object(mapping.map { .init($0.key.string ?? "", json($0.value)) })
        case .sequence(let sequence): return .array(sequence.map(json))
        default:
            if node.null != nil { return .null }
            if let flag = node.bool, node.tag == Tag(.bool) { return .bool(flag) }
            if let whole = node.int, node.tag == Tag(.int) { return .integer(Int64(whole)) }
            if let number = node.float, node.tag == Tag(.float) { return .number(number) }
            return .string(node.string ?? "")
        }
    }
}

/// A ledger that holds nothing.
