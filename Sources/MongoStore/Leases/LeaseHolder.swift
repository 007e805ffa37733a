internal import Contracts

extension FeedRow.Holder {
    /// This process.
    init(_ identity: InstanceIdentity, id: String) {
        self.init(
            id: id, words: "\(identity.host), process \(identity.pid)", pid: identity.pid,
            startTicks: identity.startTicks, space: identity.space)
    }

    /// Whether its process has ended: decidable only on its own machine; the lease can then be taken at once.
    func isGone(from own: InstanceIdentity) -> Bool {
        !id.isEmpty && space == own.space && !InstanceIdentity.isRunning(pid: pid, startTicks: startTicks)
    }
}
