@testable import Service
import Testing

@Suite struct DescriptorLimitTests {
    @Test(
        "connections of listeners and console leave descriptors for the rest, whatever the limit",
        arguments: [256, 1024, 4096, 20_000, 1_048_576], [10, 12_000, 1_000_000])
    func rest(most: Int, wanted: Int) {
        let limit = DescriptorLimit(most: most)
        let connections = limit.connections(wanted: wanted)
        #expect(connections <= wanted && connections >= min(wanted, most / 2))
        #expect(most - connections - limit.consoleConnections >= min(most / 4, 1000))
    }
}
