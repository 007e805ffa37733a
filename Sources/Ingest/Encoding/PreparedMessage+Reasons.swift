extension PreparedMessage {
    /// Reasons that the plan has found, in terms of the message as it came.
    func asTheyCame(_ reasons: [Reason], item: Int) -> [Reason] {
        guard case .catalog(let catalog) = message.content, let origin = catalog.origin, !self.item(item).isRejected
        else {
            return reasons
        }
        return reasons.map { $0.asItCame(in: origin, item: item) }
    }
}
