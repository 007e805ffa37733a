internal import CMongoC

/// Where a `bson_t` lives. Swift sees the type without its alignment, and so imports pointers to it as opaque ones; the
/// frame of an async function would not be aligned to 128 bytes either.
enum BSONPlace {
    /// Size and alignment of a `bson_t`, as bson-types.h declares it.
    private static let size = 128

    static func allocate() -> OpaquePointer {
        let place = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: size)
        let pointer = OpaquePointer(place)
        bson_init(pointer)
        return pointer
    }

    static func deallocate(_ pointer: OpaquePointer) { UnsafeMutableRawPointer(pointer).deallocate() }
}

/// A `bson_t` of our own: a reply that libmongoc fills, or options that it reads. Freed with the value.
struct OwnedBSON: ~Copyable {
    let pointer = BSONPlace.allocate()

    deinit {
        bson_destroy(pointer)
        BSONPlace.deallocate(pointer)
    }

    func append(_ name: String, bool value: Bool) { bson_append_bool(pointer, name, -1, value) }
    func append(_ name: String, int64 value: Int64) { bson_append_int64(pointer, name, -1, value) }

    func append(_ name: String, document: [UInt8]) throws(MongoFailure) {
        try LentBSON().with(document, for: .command(name)) { document in
            _ = bson_append_document(pointer, name, -1, document)
        }
    }

    /// The document's bytes, for the time of the call.
    func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(pointer.documentBytes)
    }

    var copiedBytes: [UInt8] { withBytes { Array($0) } }
}

extension OpaquePointer {
    /// The bytes of the `bson_t` behind the pointer; valid as long as it is and does not change.
    var documentBytes: UnsafeRawBufferPointer {
        let bytes = UnsafeRawPointer(bson_get_data(self)!)
        return UnsafeRawBufferPointer(
            start: bytes, count: Int(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self))))
    }
}

extension [UInt8] {
    /// `{}`
    static let emptyDocument: [UInt8] = [5, 0, 0, 0, 0]
}
