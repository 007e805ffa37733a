import Testing
@testable import Documents
@Test func parses() throws {
    let d = try JSONParser().parse(#"{"a":[1,2.50,"x\u00f1"],"b":null}"#)
    d.withRoot { r in
        #expect(r["a"]?.count == 3)
        #expect(JSONPointer("/a/2").resolve(in: r)?.string == "xñ")
    }
}
