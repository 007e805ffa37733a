/// The pushes of all gateways, in the order of their commits. One call at a time.
package protocol PushLog: Sendable {
    /// Goes on where it has been read to; at first, and where the store has no more of that, so long ago. Returns the place
    /// from which on nothing is left out.
    func open(keeping milliseconds: Int64) async throws(StoreError) -> PushPlace

    /// Waits for the next ones, at most so long.
    func next(atMost limit: Duration) async throws(StoreError) -> PushNews

    func close() async
}

package struct PushNews: Sendable {
    package var pushes: [Push]
    /// Everything before it was read.
    package var place: PushPlace
    /// Whether there were no more when it was read.
    package var isLatest: Bool

    package init(pushes: [Push], place: PushPlace, isLatest: Bool) {
        self.pushes = pushes
        self.place = place
        self.isLatest = isLatest
    }
}
