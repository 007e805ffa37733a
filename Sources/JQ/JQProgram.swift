/// A validated jq program (libjq 1.6). Thread-safe.
///
/// libjq bounds neither time, memory nor stack, so programs run in a separate process, a ``JQWorker``; exceeding a
/// limit ends only that worker.
package final class JQProgram: Sendable {
    /// CPU time for one value; waiting for a busy machine does not count.
    package static let timeLimit = Duration.milliseconds(250)
    /// Memory of a worker beyond its initial size, in bytes.
    package static let memoryLimit = 256 << 20
    /// Maximum size of a result.
    package static let maximumBytes = 16 << 20

    private let text: JQText

    package init(_ text: String) throws(JQError) {
        try JQGuard.check(text)
        self.text = JQText(text)
        guard !JQPool.shared.hasChecked(self.text) else { return }
        _ = try JQPool.shared.run(self.text, nil)
        JQPool.shared.noteChecked(self.text)
    }

    /// Runs the program on a JSON text and returns its single result; nil if there is none.
    package func evaluate(_ json: UnsafeBufferPointer<UInt8>) throws(JQError) -> [UInt8]? {
        try JQPool.shared.run(text, json)
    }
}

/// A program's text, and its number in the worker protocol; equal texts have equal numbers.
struct JQText: Sendable {
    let text: String
    let number: UInt32

    init(_ text: String) {
        self.text = text
        number = JQPool.shared.number(of: text)
    }
}
