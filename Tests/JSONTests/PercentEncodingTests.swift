import JSON
import Testing

@Suite struct PercentEncodingTests {
    @Test(
        "two hex digits stand for a byte; what is none of them is refused, or taken as it stands",
        arguments: [
            ("", "", ""), ("a b", "a b", "a b"), ("%2Fx%2f", "/x/", "/x/"), ("%C3%B1", "ñ", "ñ"), ("ñ", "ñ", "ñ"),
            ("%", nil, "%"), ("%4", nil, "%4"), ("100%", nil, "100%"), ("%zz", nil, "%zz"), ("%+5", nil, "%+5"),
            ("%%41", nil, "%A"), ("%2541", "%41", "%41"),
        ] as [(String, String?, String)])
    func decoding(text: String, strictly: String?, carelessly: String) {
        #expect(PercentEncoding.bytes(of: text.utf8).map { String(decoding: $0, as: UTF8.self) } == strictly)
        #expect(String(decoding: PercentEncoding.bytes(ofCareless: text.utf8), as: UTF8.self) == carelessly)
    }

    @Test func `any bytes come back when each is encoded`() {
        let bytes = (0...255).map { UInt8($0) }
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [UInt8(ascii: "%"), digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        #expect(PercentEncoding.bytes(of: text) == bytes && PercentEncoding.bytes(ofCareless: text) == bytes)
    }
}
