import BSON
import Testing

@Suite struct InstantTests {
    private func milliseconds(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { Instant.milliseconds(iso8601: $0) }
    }

    @Test(
        "ISO 8601 to milliseconds and back",
        arguments: [
            ("1970-01-01", 0, "1970-01-01T00:00:00Z"),
            ("2021-03-01T15:03:01Z", 1_614_610_981_000, "2021-03-01T15:03:01Z"),
            ("2021-03-01T12:03:01.250-03:00", 1_614_610_981_250, "2021-03-01T15:03:01.250Z"),
            ("2000-02-29", 951_782_400_000, "2000-02-29T00:00:00Z"),
            ("1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59.999Z"),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000, "2017-01-01T00:00:00Z"),
            ("2021-01-01T00:00:00.123456Z", 1_609_459_200_123, "2021-01-01T00:00:00.123Z"),
            ("0001-01-01", -62_135_596_800_000, "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000, "9999-12-31T23:59:59Z"),
        ])
    func bothWays(text: String, expected: Int, back: String) {
        #expect(milliseconds(text) == Int64(expected))
        #expect(Instant.text(milliseconds: Int64(expected)) == back)
    }

    @Test(
        "texts that are not dates",
        arguments: [
            "", "2021-02-29", "2021-13-01", "2021-00-10", "21-01-01", "2021-01-01T", "2021-01-01T10:00", "2021-1-1",
            "2021-01-01T24:00:00Z", "2021-01-01T10:00:00", "2021-01-01T10:00:00+25:00", "31/12/2021", "2021-01-01x",
            "2021-01-01T10:00:00.Z",
        ])
    func refused(text: String) {
        #expect(milliseconds(text) == nil)
    }
}
