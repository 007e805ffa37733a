/// One jq program (libjq 1.6), checked. Safe to use from any thread.
///
/// libjq bounds neither its time nor its memory nor its stack, so no program runs in this process: a ``JQWorker`` runs it,
/// and what goes beyond a limit ends that worker alone.
package final class JQProgram: Sendable {
    /// Processor time for one value; waiting for a busy machine does not count.
    package static let timeLimit = Duration.milliseconds(250)
    /// Memory of a worker, beyond what it begins with.
    package static let memoryLimit = 256 << 20
    /// Of an answer.
    package static let maximumBytes = 16 << 20

    private let text: JQText

    package init(_ text: String) throws(JQError) {
        try JQGuard.check(text)
        self.text = JQText(text)
        guard !JQPool.shared.hasChecked(self.text) else { return }
        _ = try JQPool.shared.run(self.text, nil)
        JQPool.shared.noteChecked(self.text)
    }

    /// The one value that the program makes of this JSON text, as JSON text; nil where it makes none.
    package func evaluate(_ json: UnsafeBufferPointer<UInt8>) throws(JQError) -> [UInt8]? {
        try JQPool.shared.run(text, json)
    }
}

/// A program's text and the number that workers know it by: the same for equal texts.
struct JQText: Sendable {
    let text: String
    let number: UInt32

    init(_ text: String) {
        self.text = text
        number = JQPool.shared.number(of: text)
    }
}
