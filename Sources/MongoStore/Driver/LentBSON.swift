internal import CMongoC

/// A `bson_t` that borrows our bytes during one call: passes documents to libmongoc without a copy. Reusable.
struct LentBSON: ~Copyable {
    private let view = BSONPlace.allocate()

    /// A view owns no bytes; only its own storage is freed.
    deinit { BSONPlace.deallocate(view) }

    /// Throws if the bytes are not a document (wrong length, no terminator): libmongoc would abort the process. `step`:
    /// for the error.
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
