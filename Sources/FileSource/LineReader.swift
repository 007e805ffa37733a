internal import Crypto
internal import Glibc

/// Reads an open file line by line in bounded memory: one line and a buffer. One thread at a time.
final class LineReader {
    struct Line {
        /// From 1.
        let number: Int
        /// Without the line end; of a line that is too long, the first `limit` + 1 bytes.
        let bytes: [UInt8]
        /// SHA-256 of the complete line.
        let hash: [UInt8]
    }

    struct Failure: Error { let code: Int32 }

    let descriptor: Int32
    private let limit: Int
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    private var start = 0
    private var end = 0
    private var number = 0
    private var line: [UInt8] = []
    private var hash = SHA256()
    private var isLineBegun = false

    /// Takes ownership of the descriptor. `limit`: maximum bytes of a line.
    init(takingOwnershipOf descriptor: Int32, limit: Int) {
        self.descriptor = descriptor
        self.limit = limit
    }

    deinit { close(descriptor) }

    /// The next terminated line; nil at the end of the file. Blocks on the file system.
    func next() throws(Failure) -> Line? {
        while true {
            if start == end {
                guard try fill() else { return nil }
            }
            let newline = buffer[start..<end].firstIndex(of: 10)
            take(start..<(newline ?? end))
            start = newline.map { $0 + 1 } ?? end
            if newline != nil { return finish() }
        }
    }

    /// The unterminated last line; nil if there is none.
    func rest() -> Line? { isLineBegun ? finish() : nil }

    private func fill() throws(Failure) -> Bool {
        let descriptor = descriptor
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure(code: errno) }
            (start, end) = (0, count)
            return count > 0
        }
    }

    /// UTF-8 byte order mark.
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private func take(_ range: Range<Int>) {
        isLineBegun = true
        let room = limit + 1 + (number == 0 ? Self.mark.count : 0) - line.count
        if room > 0 { line.append(contentsOf: buffer[range].prefix(room)) }
        buffer.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    private func finish() -> Line {
        number += 1
        // Windows editors write a byte order mark; it is not part of the line.
        let isMarked = number == 1 && line.starts(with: Self.mark)
        defer {
            line = []
            hash = SHA256()
            isLineBegun = false
        }
        if isMarked { line.removeFirst(Self.mark.count) }
        if line.count > limit + 1 { line.removeLast(line.count - limit - 1) }
        return Line(number: number, bytes: line, hash: Array(hash.finalize()))
    }
}

extension LineReader.Line {
    var isBlank: Bool { bytes.allSatisfy { $0 == 32 || (9...13).contains($0) } }
}
