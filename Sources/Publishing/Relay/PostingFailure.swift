package import Contracts

/// Why a posting failed, in words for a person, with the remedy.
package struct PostingFailure: Sendable, Equatable {
    package let text: String
    /// Permanent: a retry would fail too.
    package let isLasting: Bool

    /// `result`: anything but confirmed.
    package init(_ result: PostingResult, target: PostingTarget) {
        switch result {
        case .confirmed: (text, isLasting) = ("", false)
        case .unknown(let reason): (text, isLasting) = (reason, false)
        case .refused:
            (text, isLasting) = (
                "\(target): the broker refused it; the queue may be full (x-max-length with reject-publish) or without its"
                    + " majority: make room, or repair the queue", false
            )
        case .returned(let code, let reason):
            (text, isLasting) = (Self.words(code, reason, target), false)
        case .unsendable(let reason): (text, isLasting) = ("\(target): it cannot be sent: \(reason)", true)
        }
    }

    private static func words(_ code: Int, _ reason: String, _ target: PostingTarget) -> String {
        switch code {
        case 312:
            if case .amqp("", let queue) = target {
                return "there is no queue '\(queue)'; create it, or correct the setting or mapping that names it"
            }
            return "\(target): no queue is bound for it; bind one, or correct the routing key"
        case 404: return "\(target): \(reason)"
        case 403: return "\(target): \(reason); give the user the permission to write to it"
        case 0: return "\(target): \(reason)"
        default: return "\(target): \(reason) (\(code))"
        }
    }
}
