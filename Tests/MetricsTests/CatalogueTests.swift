import Domain
import Metrics
import Testing

@Suite("The catalogue of metrics")
struct CatalogueTests {
    @Test("has each metric that a goal can name, and no other")
    func names() { #expect(Set(Catalogue.all.map(\.name)) == Set(Words.metrics)) }

    @Test("has those as money of which a goal says a target_amount")
    func money() {
        #expect(Set(Catalogue.all.filter { $0.unit.hasPrefix("money") }.map(\.name)) == Words.metricsOfMoney)
    }
}
