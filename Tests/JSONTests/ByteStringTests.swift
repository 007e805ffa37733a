import JSON
import Testing

@Suite struct ByteStringTests {
    @Test(
        "bytes that are not UTF-8 are written as \\xHH, all others stay",
        arguments: [
            ([], ""), (Array("é|\\".utf8), "é|\\"), ([0xFF], "\\xff"), ([0x61, 0xE2, 0x82, 0x62], "a\\xe2\\x82b"),
            ([0xC0, 0x80], "\\xc0\\x80"), ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"),
            ([0xF0, 0x9F, 0x98, 0x80, 0x80], "😀\\x80"), ([0xF0, 0x9F, 0x98], "\\xf0\\x9f\\x98"),
        ] as [([UInt8], String)])
    func asText(bytes: [UInt8], text: String) {
        #expect(ByteString(bytes).asText == ByteString(text))
        #expect(ByteString(bytes).asText.isUTF8)
    }
}
