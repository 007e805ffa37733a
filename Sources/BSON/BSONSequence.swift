/// BSON documents concatenated in one buffer: the reads and writes of a batch.
///
/// Its generic members are inlinable: called across modules they would request type metadata for every item.
@usableFromInline
package struct BSONSequence: Sendable {
    @usableFromInline package internal(set) var bytes: [UInt8] = []
    /// Start offset of each document, and finally the end.
    @usableFromInline var bounds: [Int] = [0]

    package init() {}

    @inlinable
    package var count: Int { bounds.count - 1 }
    package var isEmpty: Bool { count == 0 }

    package mutating func reserveCapacity(documents: Int, bytes: Int) {
        bounds.reserveCapacity(documents + 1)
        self.bytes.reserveCapacity(bytes)
    }

    /// Appends a copy of a document.
    @inlinable
    package mutating func append(copying document: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: document)
        bounds.append(bytes.count)
    }

    /// Appends the document that `body` writes; if it throws, nothing is appended.
    @inlinable
    package mutating func append<Failure: Error>(_ body: (inout [UInt8]) throws(Failure) -> Void) throws(Failure) {
        let start = bytes.count
        do {
            try body(&bytes)
        } catch {
            bytes.removeSubrange(start...)
            throw error
        }
        bounds.append(bytes.count)
    }

    /// Byte range of a document in ``bytes``.
    @inlinable
    package func range(of index: Int) -> Range<Int> { bounds[index]..<bounds[index + 1] }

    /// Size of the largest document; 0 if empty.
    package var largestDocument: Int {
        var largest = 0
        for index in 1..<bounds.count { largest = Swift.max(largest, bounds[index] - bounds[index - 1]) }
        return largest
    }

    /// Splits into sequences of at most `most` bytes, in order; a single larger document gets its own.
    package func pieces(ofBytes most: Int) -> [BSONSequence] {
        guard bytes.count > most else { return isEmpty ? [] : [self] }
        var pieces: [BSONSequence] = []
        var piece = BSONSequence()
        for index in 0..<count {
            withDocument(index) { document in
                if !piece.isEmpty, piece.bytes.count + document.count > most {
                    pieces.append(piece)
                    piece = BSONSequence()
                }
                piece.append(copying: document)
            }
        }
        pieces.append(piece)
        return pieces
    }

    /// Lends one document.
    @inlinable
    package func withDocument<Result, Failure: Error>(
        _ index: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let range = range(of: index)
        let result = bytes.withUnsafeBytes { all in
            Swift.Result { () throws(Failure) in try body(UnsafeRawBufferPointer(rebasing: all[range])) }
        }
        return try result.get()
    }
}
