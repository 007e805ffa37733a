/// Detects queue arguments with which the broker silently drops messages of a consumed queue.
package enum QueueLosses {
    /// One way to lose messages: the argument (nil: the queue is not durable) and a text with the remedy.
    package struct Loss: Sendable, Equatable {
        package let argument: String?
        package let words: String
    }

    package static func of(_ declaration: QueueDeclaration) -> [Loss] {
        guard declaration.policy != .passive else { return [] }
        var losses: [Loss] = []
        if !declaration.isDurable {
            losses.append(
                Loss(
                    argument: nil,
                    words: "messages of a queue that is not durable are lost when the broker restarts;"
                        + " leave 'durable: false' out"))
        }
        func has(_ name: String) -> Bool { declaration.arguments.contains { $0.name == name } }
        func text(_ name: String) -> String? {
            guard case .text(let text)? = declaration.arguments.first(where: { $0.name == name })?.value else {
                return nil
            }
            return text
        }
        if has("x-expires") {
            losses.append(
                Loss(
                    argument: "x-expires",
                    words:
                        "the broker deletes the queue with its messages when it is not consumed for this long;"
                        + " leave x-expires out"))
        }
        guard !has("x-dead-letter-exchange") else { return losses }
        let remedy = "; name an exchange in x-dead-letter-exchange with a queue bound to it, or leave"
        if has("x-delivery-limit") {
            losses.append(
                Loss(
                    argument: "x-delivery-limit",
                    words:
                        "a message returned this often, by lost connections or outages of the store, is dropped"
                        + "\(remedy) x-delivery-limit out"))
        }
        if has("x-message-ttl") {
            losses.append(
                Loss(
                    argument: "x-message-ttl",
                    words:
                        "a message that waits this long, while no gateway runs or the store is unavailable, is dropped"
                        + "\(remedy) x-message-ttl out"))
        }
        let dropsHead = text("x-overflow") ?? "drop-head" == "drop-head"
        for name in ["x-max-length", "x-max-length-bytes"] where dropsHead && has(name) {
            losses.append(
                Loss(
                    argument: name,
                    words:
                        "the oldest messages of a queue that is full are dropped; say 'x-overflow: reject-publish', which tells"
                        + " the sender, or name an exchange in x-dead-letter-exchange"))
        }
        return losses
    }
}
