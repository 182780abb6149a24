import Domain
import Metrics
import Testing

@Suite("The catalogue of metrics")
struct CatalogueTests {
    @Test("has each metric that a goal can name, and no other")
    func names() { #expect(Set(Catalogue.all.map(\.name)) == Set(Words.metrics)) }
}
