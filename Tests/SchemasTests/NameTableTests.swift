import Testing

@testable import Schemas

@Suite struct `A table of names` {
    static func find(_ name: String, in table: NameTable) -> Int? {
        var name = name
        return name.withUTF8 { table.find($0) }
    }

    @Test func `finds its own and no others`() {
        let names =
            (0..<40).map { String(repeating: "x", count: $0) } + (0..<200).map { "field\($0)" } + [
                "abcdefghijklmnopq", "abcdefgh_jklmnopq", "caf\u{E9}", "cafe\u{301}", "\0", "a\0",
            ]
        let table = NameTable(names)
        for (number, name) in names.enumerated() { #expect(Self.find(name, in: table) == number) }
        for name in ["y", "field200", "field", "abcdefghXjklmnopq", "cafe", "\0\0", String(repeating: "x", count: 40)] {
            #expect(Self.find(name, in: table) == nil)
        }
    }

    @Test func `may be empty`() {
        #expect(Self.find("a", in: NameTable([])) == nil)
        #expect(Self.find("", in: NameTable([])) == nil)
    }
}
