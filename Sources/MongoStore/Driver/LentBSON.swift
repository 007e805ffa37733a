internal import CMongoC

/// A `bson_t` that points at bytes of ours for the time of one call: how documents reach libmongoc without a copy.
/// One value serves any number of documents, one after another.
struct LentBSON: ~Copyable {
    private let view = BSONPlace.allocate()

    /// A view of foreign bytes owns nothing, so there is nothing to free but its own place.
    deinit { BSONPlace.deallocate(view) }

    /// Throws where the bytes are no document (a length that does not fit, no closing zero): libmongoc would end the
    /// process. `step` says what it was for.
    func with<Result>(
        _ document: UnsafeRawBufferPointer, for step: MongoFailure.Step,
        _ body: (OpaquePointer) throws(MongoFailure) -> Result
    ) throws(MongoFailure) -> Result {
        guard bson_init_static(view, document.baseAddress?.assumingMemoryBound(to: UInt8.self), document.count) else {
            throw MongoFailure(step: step, origin: .document, code: 0, text: "no BSON")
        }
        return try body(view)
    }

    func with<Result>(
        _ document: [UInt8], for step: MongoFailure.Step, _ body: (OpaquePointer) throws(MongoFailure) -> Result
    ) throws(MongoFailure) -> Result {
        let result = document.withUnsafeBytes { bytes in
            Swift.Result { () throws(MongoFailure) in try with(bytes, for: step, body) }
        }
        return try result.get()
    }
}
