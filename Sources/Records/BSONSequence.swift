/// BSON documents one after another in one block of memory: what a batch reads from the store and writes to it.
///
/// What is generic here is inlined by its callers: as calls into another module they would ask for the types' metadata anew
/// for every item.
@usableFromInline
package struct BSONSequence: Sendable {
    @usableFromInline package internal(set) var bytes: [UInt8] = []
    /// Where each document begins, and, last, where the next one would.
    @usableFromInline var bounds: [Int] = [0]

    package init() {}

    @inlinable
    package var count: Int { bounds.count - 1 }
    package var isEmpty: Bool { count == 0 }

    package mutating func reserveCapacity(documents: Int, bytes: Int) {
        bounds.reserveCapacity(documents + 1)
        self.bytes.reserveCapacity(bytes)
    }

    /// Appends a copy of one whole document.
    @inlinable
    package mutating func append(copying document: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: document)
        bounds.append(bytes.count)
    }

    /// Appends the document that `body` writes at the end of the block; one that throws leaves nothing behind.
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

    /// Bounds of a document in ``bytes``.
    @inlinable
    package func range(of index: Int) -> Range<Int> { bounds[index]..<bounds[index + 1] }

    /// Bytes of the largest one; 0 where there is none.
    package var largestDocument: Int {
        var largest = 0
        for index in 1..<bounds.count { largest = Swift.max(largest, bounds[index] - bounds[index - 1]) }
        return largest
    }

    /// The same documents in their order, in sequences of at most `most` bytes; a single larger document is one of its own.
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
