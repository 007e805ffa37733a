@testable import Contracts
import Testing

@Suite("names of databases")
struct DatabaseNameTests {
    @Test(
        "What MongoDB's manual forbids on Unix is refused, wherever it stands",
        arguments: ["/", "\\", ".", " ", "\"", "$", "\0"])
    func forbidden(sign: String) {
        for name in [sign, "a\(sign)b", "\(sign)a", "a\(sign)", "a\(sign)\u{301}b"] {
            #expect(!DatabaseName.isValid(name), "\(name.debugDescription)")
        }
    }

    @Test("What it forbids on Windows alone is taken", arguments: ["*", "<", ">", ":", "|", "?"])
    func windows(sign: String) { #expect(DatabaseName.isValid("a\(sign)b")) }

    @Test("Its length is counted in bytes, and is 1 to 63")
    func length() {
        let (names, tooLong) = (["a", String(repeating: "a", count: 63)], String(repeating: "ñ", count: 32))
        #expect(names.allSatisfy { DatabaseName.isValid($0) } && DatabaseName.isValid(String(tooLong.dropLast())))
        #expect(!DatabaseName.isValid("") && !DatabaseName.isValid(names[1] + "a") && !DatabaseName.isValid(tooLong))
    }
}
