internal import CMongoC

/// A `bson_t` that points at bytes of ours for the time of one call: how documents reach libmongoc without a copy.
/// One value serves any number of documents, one after another.
struct LentBSON: ~Copyable {
    private let view = BSONPlace.allocate()

    /// A view of foreign bytes owns nothing, so there is nothing to free but its own place.
    deinit { BSONPlace.deallocate(view) }

    /// Nil to `body` where the bytes are no document (a length that does not fit, no closing zero).
    func with<Result, Failure: Error>(
        _ document: UnsafeRawBufferPointer, _ body: (OpaquePointer?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let isDocument = bson_init_static(
            view, document.baseAddress?.assumingMemoryBound(to: UInt8.self), document.count)
        return try body(isDocument ? view : nil)
    }

    func with<Result, Failure: Error>(
        _ document: [UInt8], _ body: (OpaquePointer?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let result = document.withUnsafeBytes { bytes in
            Swift.Result { () throws(Failure) in try with(bytes, body) }
        }
        return try result.get()
    }
}
