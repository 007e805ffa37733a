import BSON
import Testing

/// Records that other programs wrote may hold any bits.
@Suite struct ExtremeRecordTests {
    private static let integers: [Int64] = [
        .min, .min + 1, -86_400_000, -1, 0, 1, .max - 1, .max, -9_223_372_036_800_000_000, 9_223_372_036_800_000_000,
        253_402_300_800_000, -62_135_596_800_001,
    ]

    @Test(arguments: integers)
    func `every date has a text`(_ milliseconds: Int64) {
        let text = Instant.text(milliseconds: milliseconds)
        #expect(text.hasSuffix("Z") && text.contains("T"))
    }

    @Test func `the first and last moments are exact`() {
        #expect(Instant.text(milliseconds: .min) == "-292275055-05-16T16:47:04.192Z")
        #expect(Instant.text(milliseconds: .max) == "292278994-08-17T07:12:55.807Z")
    }

    @Test func `every value of every type is shown, and published or refused`() {
        let patterns: [UInt64] = [
            0, 1, .max, .max >> 1, 1 << 63, 0x7FF0_0000_0000_0000, 0xFFF0_0000_0000_0000, 0x7FF8_0000_0000_0001,
            0x7800_0000_0000_0000, 0xF800_0000_0000_0000, 0x7C00_0000_0000_0000, 0x6000_0000_0000_0000,
            0x5FFF_FFFF_FFFF_FFFF, 0x3040_0000_0000_0000,
        ]
        var random = SystemRandomNumberGenerator()
        for typeByte in UInt8.min...UInt8.max {
            for round in 0..<40 {
                var value: [UInt8] = []
                for _ in 0..<2 {
                    let bits = round < patterns.count ? patterns[round] : random.next()
                    withUnsafeBytes(of: bits.littleEndian) { value.append(contentsOf: $0) }
                }
                // As many bytes as the type has is for the reader to find out.
                for count in [0, 1, 4, 5, 8, 12, 16] {
                    var document: [UInt8] = [0, 0, 0, 0, typeByte, UInt8(ascii: "a"), 0]
                    document += value.prefix(count) + [0]
                    document.withUnsafeBytes { bytes in
                        _ = BSONText.text(document: bytes)
                        _ = try? BSONText.published(document: bytes)
                        for element in BSONElements(bytes) {
                            for other in BSONElements(bytes) {
                                _ = BSONOrder.isLess(element, other)
                                _ = BSONEquality.areEqual(element, other)
                            }
                            _ = element.decimal?.description
                            _ = BSONValue(copying: element).date
                        }
                    }
                }
            }
        }
    }

    @Test func `decimals of every exponent are compared`() {
        let bits: [UInt64] = [
            0, 1, 0x0001_ED09_BEAD_87C0, 0x0001_FFFF_FFFF_FFFF, 0x5FFE_0000_0000_0000, 0x5FFF_FFFF_FFFF_FFFF,
            0x3040_0000_0000_0000,
            0xDFFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0x7800_0000_0000_0000, 0x7C00_0000_0000_0000,
            0x6C10_0000_0000_0000,
        ]
        func document(_ high: UInt64, _ low: UInt64) -> [UInt8] {
            var out: [UInt8] = [0, 0, 0, 0, 0x13, UInt8(ascii: "a"), 0]
            for part in [low, high] { withUnsafeBytes(of: part.littleEndian) { out.append(contentsOf: $0) } }
            return out + [0]
        }
        for high in bits {
            for low in [0, 1, .max] as [UInt64] {
                for otherHigh in bits {
                    let (a, b) = (document(high, low), document(otherHigh, .max))
                    a.withUnsafeBytes { a in
                        b.withUnsafeBytes { b in
                            guard let x = BSONElements(a).first(named: "a"), let y = BSONElements(b).first(named: "a")
                            else {
                                return
                            }
                            let (less, more) = (BSONOrder.isLess(x, y), BSONOrder.isLess(y, x))
                            #expect(!(less && more))
                            _ = BSONEquality.areEqual(x, y)
                        }
                    }
                }
            }
        }
    }
}
