import CMongoC
import JSON
import BSON
import Testing

/// ``BSONLiteral`` against libbson: the same bytes for the same document.
@Suite("BSON literals, byte for byte")
struct BSONLiteralBytesTests {
    /// A document as both sides build it.
    indirect enum Tree: Sendable {
        case document([(name: String, value: Tree)])
        case array([Tree])
        case text([UInt8])
        case int64(Int64)
        case double(Double)
        case bool(Bool)
        case date(Int64)
        case objectID([UInt8])
        case null

        var literal: BSONLiteral {
            switch self {
            case .document(let members):
                members.reduce([:]) { $0 + [.field($1.name): $1.value.literal] }
            case .array(let values): .array(values.map(\.literal))
            case .text(let bytes): .value(ByteString(bytes))
            case .int64(let value): .int64(value)
            case .double(let value): .double(value)
            case .bool(let value): .bool(value)
            case .date(let value): .date(value)
            case .objectID(let bytes): bytes.withUnsafeBytes { .objectID(ObjectID(copying: $0)!) }
            case .null: nil
            }
        }

        /// By libbson. To be destroyed by the caller.
        func made() -> OpaquePointer {
            let document = bson_new()!
            switch self {
            case .document(let members): for (name, value) in members { value.append(name, to: document) }
            case .array(let values):
                for (index, value) in values.enumerated() { value.append("\(index)", to: document) }
            default: preconditionFailure("no document")
            }
            return document
        }

        private func append(_ name: String, to document: OpaquePointer) {
            let isTaken =
                switch self {
                case .document: inner { bson_append_document(document, name, -1, $0) }
                case .array: inner { bson_append_array(document, name, -1, $0) }
                case .text(let bytes):
                    bytes.withUnsafeBytes { bytes in
                        let text = bytes.assumingMemoryBound(to: CChar.self)
                        return bson_append_utf8(document, name, -1, text.baseAddress ?? Self.empty, Int32(text.count))
                    }
                case .int64(let value): bson_append_int64(document, name, -1, value)
                case .double(let value): bson_append_double(document, name, -1, value)
                case .bool(let value): bson_append_bool(document, name, -1, value)
                case .date(let value): bson_append_date_time(document, name, -1, value)
                case .objectID(let bytes):
                    withUnsafeTemporaryAllocation(of: bson_oid_t.self, capacity: 1) { oid in
                        bson_oid_init_from_data(oid.baseAddress, bytes)
                        return bson_append_oid(document, name, -1, oid.baseAddress)
                    }
                case .null: bson_append_null(document, name, -1)
                }
            precondition(isTaken)
        }

        private func inner(_ body: (OpaquePointer) -> Bool) -> Bool {
            let inner = made()
            defer { bson_destroy(inner) }
            return body(inner)
        }

        nonisolated(unsafe) private static let empty: UnsafePointer<CChar> = {
            let place = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
            place.pointee = 0
            return UnsafePointer(place)
        }()

        var libbson: [UInt8] {
            let document = made()
            defer { bson_destroy(document) }
            let bytes = UnsafeRawBufferPointer(start: bson_get_data(document), count: 4)
            let count = Int(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self)))
            return Array(UnsafeRawBufferPointer(start: bson_get_data(document), count: count))
        }
    }

    private static func single(_ value: Tree) -> Tree { .document([("v", value)]) }

    private static let integers: [Int64] = [
        .min, .max, 0, 1, -1, Int64(Int32.min), Int64(Int32.max), Int64(Int32.min) - 1, Int64(Int32.max) + 1, 1 << 53,
    ]
    private static let doubles: [Double] = [
        0, -0.0, 1, -1, 0.1, .infinity, -.infinity, .nan, .greatestFiniteMagnitude, .leastNonzeroMagnitude,
        -.greatestFiniteMagnitude, .pi, 9_007_199_254_740_992,
    ]
    private static let texts = [
        "", "a", "año 漢字 🜁", "e\u{301}", "$where", "a\0b", "\u{FFFF}", String(repeating: "x", count: 70_000),
    ]

    static let spread: [Tree] =
        integers.map { single(.int64($0)) } + doubles.map { single(.double($0)) } + integers.map { single(.date($0)) }
        + texts.map { single(.text(Array($0.utf8))) }
        + [
            .document([]), single(.document([])), single(.array([])), single(.bool(true)), single(.bool(false)),
            single(.null),
            single(.objectID(Array(0..<12))), single(.array((0..<1200).map { .int64($0) })),
            .document([("", .null), ("año.漢字", .bool(true)), ("a$b", .null), ("same", .null), ("same", .bool(true))]),
            (0..<90).reduce(.document([])) { inner, _ in .document([("d", .array([inner]))]) },
        ]

    @Test("as libbson writes it", arguments: BSONLiteralBytesTests.spread.indices)
    func one(index: Int) throws {
        let tree = Self.spread[index]
        #expect(try tree.literal.encoded() == tree.libbson)
    }

    @Test("whatever is in it")
    func random() throws {
        var chance = SeededGenerator(seed: 11)
        for _ in 0..<3000 {
            let tree = Self.document(depth: 4, &chance)
            #expect(try tree.literal.encoded() == tree.libbson, "\(tree)")
        }
    }

    private static func document(depth: Int, _ chance: inout SeededGenerator) -> Tree {
        .document(
            (0..<Int.random(in: 0...4, using: &chance)).map { number in
                ("f\(number)", value(depth: depth, &chance))
            })
    }

    private static func value(depth: Int, _ chance: inout SeededGenerator) -> Tree {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 7), using: &chance) {
        case 0: .int64(integers.randomElement(using: &chance)! &+ .random(in: -2...2, using: &chance))
        case 1: .double(Double(bitPattern: .random(in: .min ... .max, using: &chance)))
        case 2: .bool(.random(using: &chance))
        case 3: .date(.random(in: .min ... .max, using: &chance))
        case 4: .objectID((0..<12).map { _ in .random(in: .min ... .max, using: &chance) })
        case 5: .null
        case 6: .text(Array(texts.dropLast().randomElement(using: &chance)!.utf8))
        case 7: document(depth: depth - 1, &chance)
        default: .array((0..<Int.random(in: 0...12, using: &chance)).map { _ in value(depth: depth - 1, &chance) })
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
private struct SeededGenerator: RandomNumberGenerator {
    var seed: UInt64

    mutating func next() -> UInt64 {
        seed &+= 0x9E37_79B9_7F4A_7C15
        var value = seed
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
