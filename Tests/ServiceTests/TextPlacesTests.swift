import JSON
@testable import Service
import Testing

@Suite struct TextPlacesTests {
    private static let text = #"{"a":"é😀","items":[{"code":"x","name":7},{"code":"😀","n":{"m":[1,22]}}],"a/b":true}"#

    private static func words(_ pointers: [JSONPointer], in text: String = text) -> [String?] {
        let units = Array(text.utf16)
        return TextPlaces.find(pointers, in: Array(text.utf8)).map { place in
            place.map { String(decoding: units[$0.start..<$0.start + $0.length], as: UTF16.self) }
        }
    }

    @Test(
        arguments: [
            ("/items/0/name", "7"), ("/items/1/code", #""😀""#), ("/items/1/n/m/1", "22"), ("/a~1b", "true"),
            ("/items/0", #"{"code":"x","name":7}"#),
            // What is missing is marked by what it is missing in.
            ("/items/1/n/none/at/all", #"{"m":[1,22]}"#), ("/items/0/code/deeper", #""x""#),
        ] as [(JSONPointer, String)])
    func `a place is found in units of UTF-16`(pointer: JSONPointer, words: String) {
        #expect(Self.words([pointer]) == [words])
    }

    @Test func `many places are found at once, each for its own pointer`() {
        let pointers: [JSONPointer] = ["/items/1/n/m/0", "", "/nothing", "/a", "/items/1/n", "/a", "/items/9"]
        let items = #"[{"code":"x","name":7},{"code":"😀","n":{"m":[1,22]}}]"#
        #expect(Self.words(pointers) == ["1", nil, nil, #""é😀""#, #"{"m":[1,22]}"#, #""é😀""#, items])
    }

    @Test func `of a name that is repeated, the first is marked; of no JSON, nothing`() {
        #expect(Self.words(["/a"], in: #"{"a":1,"a":2}"#) == ["1"])
        #expect(Self.words(["/a"], in: #"{"a":1"#) == [nil])
    }
}
