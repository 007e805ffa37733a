internal import CMongoC
internal import BSON

/// Allocates storage for a `bson_t`. Swift imports the type without its alignment (pointers as opaque ones), and async
/// frames are not aligned to 128 bytes.
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

/// An owned `bson_t`: a reply or options. Freed with the value.
struct OwnedBSON: ~Copyable {
    let pointer = BSONPlace.allocate()

    init() {}

    init(_ members: BSONLiteral, for step: MongoFailure.Step) throws(MongoFailure) { try append(members, for: step) }

    deinit {
        bson_destroy(pointer)
        BSONPlace.deallocate(pointer)
    }

    func append(_ name: String, bool value: Bool) { bson_append_bool(pointer, name, -1, value) }
    func append(_ name: String, int64 value: Int64) { bson_append_int64(pointer, name, -1, value) }

    func append(_ members: BSONLiteral, for step: MongoFailure.Step) throws(MongoFailure) {
        try LentBSON().with(members.encoded(for: step), for: step) { _ = bson_concat(pointer, $0) }
    }

    /// Lends the document's bytes.
    func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(pointer.documentBytes)
    }

    var copiedBytes: [UInt8] { withBytes { Array($0) } }
}

extension OpaquePointer {
    /// The bytes of the `bson_t`; valid while it exists and is unchanged.
    var documentBytes: UnsafeRawBufferPointer {
        let bytes = UnsafeRawPointer(bson_get_data(self)!)
        return UnsafeRawBufferPointer(
            start: bytes, count: Int(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self))))
    }
}
