/// Stores sequences: whole numbers that are given once, however many gateways ask. Allows concurrent calls.
package protocol SequenceStore: Sendable {
    /// Reserves the next numbers of a sequence for the caller alone; durable (`w: majority`, journaled) when it returns.
    ///
    /// None is below `first`, and none is ever given again: those of a call that throws, or whose answer is lost, are left
    /// out. `count`: at least 1. Throws ``StoreError/Kind/unavailable`` where it can be tried again, and
    /// ``StoreError/Kind/refused`` where the stored row has no number to go on from.
    func reserve(_ count: Int, of name: String, from first: Int64) async throws(StoreError) -> Range<Int64>
}
