import JSON
import BSON
import Testing

@Suite("BSON literals")
struct BSONLiteralTests {
    private func text(_ literal: BSONLiteral) throws -> String {
        try literal.encoded().withUnsafeBytes { BSONText.text(document: $0) }
    }

    private func refusal(_ literal: BSONLiteral) -> BSONLiteral.Refusal? {
        do throws(BSONLiteral.Refusal) {
            _ = try literal.encoded()
            return nil
        } catch {
            return error
        }
    }

    private func document(_ name: StaticString, _ value: String) -> BSONValue {
        [UInt8].document { $0.append("d", document: { $0.append(name, string: value) }) }
            .withUnsafeBytes { BSONValue(copying: BSONElements($0).first(named: "d")!) }
    }

    // MARK: Writing

    @Test("is written as MongoDB's manual writes it, in order")
    func whole() throws {
        let literal: BSONLiteral = [
            "find": .value("items"), "filter": ["$expr": ["$lte": [["$ifNull": [.path("claim.until"), 0]], "$$NOW"]]],
            "sort": [.field("a.b"): -1, "_id": 1], "nothing": nil, "isSo": true, "half": 0.5, "none": [:],
        ]
        #expect(
            try text(literal)
                == #"{"find":"items","filter":{"$expr":{"$lte":[{"$ifNull":["$claim.until",0]},"$$NOW"]}},"#
                + #""sort":{"a.b":-1,"_id":1},"nothing":null,"isSo":true,"half":0.5,"none":{}}"#)
    }

    @Test("What is absent is left out, and the elements behind it move up")
    func absent() throws {
        let (none, some): (Int64?, Int64?) = (nil, 7)
        #expect(
            try text([
                "a": .absent, "b": [1, .absent, 2], "c": .ifThere(none) { .int64($0) },
                "d": .orNull(none) { .int64($0) },
                "e": .ifThere(some) { .int64($0) }, "f": .orNull(some) { .int64($0) },
            ]) == #"{"b":[1,2],"d":null,"e":7,"f":7}"#)
    }

    @Test("Documents are joined in order, and raw ones are copied as they are")
    func joined() throws {
        var documents = BSONSequence()
        for number in 0..<12 { documents.appendDocument { $0.append("n", int64: Int64(number)) } }
        let raw = [UInt8].document { $0.append("$gt", int64: 1) }
        let literal = ["a": .raw(raw)] + ["b": .documents(documents)] as BSONLiteral
        #expect(
            try literal.encoded()
                == .document { writer in
                    writer.append("a", document: { $0.append("$gt", int64: 1) })
                    writer.append(
                        "b",
                        array: { array in
                            for number in 0..<12 {
                                BSONWriter.withIndexName(number) { name in
                                    array.append(name, document: { $0.append("n", int64: Int64(number)) })
                                }
                            }
                        })
                })
        #expect(literal.firstName == "a" && BSONLiteral.raw(raw).firstName == "$gt")
        #expect((["x": 1] as BSONLiteral).firstName == "x" && ([:] as BSONLiteral).firstName == "")
        #expect(try BSONLiteral.raw(raw).encoded() == raw)
    }

    // MARK: Values from outside

    @Test(
        "A text from outside is plain in a query, an update and a command", arguments: ["$name", "$$ROOT", "plain", ""])
    func data(words: String) throws {
        let filter: BSONLiteral = ["a": .value(words), "b": ["$in": [.value(words)]], "$or": [["c": .value(words)]]]
        let quoted = "\"\(words)\""
        let plain = #"{"a":\#(quoted),"b":{"$in":[\#(quoted)]},"$or":[{"c":\#(quoted)}]}"#
        #expect(try text(filter) == plain)
        #expect(try text(["$set": ["a": .value(words)]]) == #"{"$set":{"a":\#(quoted)}}"#)
        #expect(
            try text(["updates": [["q": filter, "u": ["$set": filter]]]])
                == #"{"updates":[{"q":\#(plain),"u":{"$set":\#(plain)}}]}"#)
        #expect(try text(["pipeline": [["$match": filter]]]) == #"{"pipeline":[{"$match":\#(plain)}]}"#)
    }

    @Test(
        "In an expression it is wrapped, so that no field and no variable is read",
        arguments: ["$name", "$$ROOT", "plain"])
    func expression(words: String) throws {
        let value = BSONLiteral.value(words)
        let wrapped = #"{"$literal":"\#(words)"}"#
        #expect(
            try text(["$and": [["$expr": ["$eq": ["$a", value]]]]])
                == #"{"$and":[{"$expr":{"$eq":["$a",\#(wrapped)]}}]}"#)
        for name in ["u", "update", "pipeline"] as [BSONLiteral.Name] {
            #expect(
                try text([name: [["$set": ["a": value, "b": ["$concat": [value]]]]]])
                    == #"{"\#(name.text)":[{"$set":{"a":\#(wrapped),"b":{"$concat":[\#(wrapped)]}}}]}"#)
        }
        #expect(try text(["projection": ["a": value]]) == #"{"projection":{"a":\#(wrapped)}}"#)
        let joined: BSONLiteral = [
            "$lookup": ["from": "b", "pipeline": [["$match": ["a": value]], ["$set": ["b": value]]]]
        ]
        #expect(
            try text(["pipeline": [joined]])
                == #"{"pipeline":[{"$lookup":{"from":"b","pipeline":[{"$match":{"a":"\#(words)"}},"#
                + #"{"$set":{"b":\#(wrapped)}}]}}]}"#)
    }

    @Test("What is wrapped already is not wrapped again")
    func literal() throws {
        #expect(
            try text(["$expr": ["$literal": ["a": .value("$b"), "c": [.value("$d")]]]])
                == #"{"$expr":{"$literal":{"a":"$b","c":["$d"]}}}"#)
    }

    @Test("Numbers, dates and the like need no wrapping")
    func typed() throws {
        #expect(
            try text(["$expr": ["$add": [.int64(1), .double(1.5), .bool(true), nil]]])
                == #"{"$expr":{"$add":[1,1.5,true,null]}}"#)
    }

    @Test("A document from outside is compared, never read as a condition")
    func operators() throws {
        let condition = document("$gt", "")
        for literal in [
            ["a": .value(condition)], ["$or": [["a": .value(condition)]]], ["$set": ["a": .value(condition)]],
        ]
            as [BSONLiteral]
        { #expect(refusal(literal) == .operatorInValue(of: "a")) }
        #expect(refusal([.field("a"): .value(condition)]) == .operatorInValue(of: "a"))
        #expect(refusal(["a": [.value(condition)]]) == .operatorInValue(of: "0"))
        #expect(
            try text(["a": ["$eq": .value(condition), "$in": [.value(condition)]]])
                == #"{"a":{"$eq":{"$gt":""},"$in":[{"$gt":""}]}}"#)
        #expect(try text(["$expr": .value(condition)]) == #"{"$expr":{"$literal":{"$gt":""}}}"#)
        #expect(try text(["a": .value(document("gt", "$x"))]) == #"{"a":{"gt":"$x"}}"#)
    }

    @Test("A field's name from outside is not an operator", arguments: ["$where", "$", "$a.b"])
    func operatorAsField(name: String) {
        #expect(refusal([.field(name): 1]) == .operatorAsField(name))
        #expect(refusal(["a": [["$or": [[.field(name): 1]]]]]) == .operatorAsField(name))
        #expect(refusal(["$expr": .path(name)]) == .operatorAsField(name))
    }

    @Test("A NUL in a name is refused, for names of BSON end with it", arguments: ["\0", "a\0", "a\0$gt", "\0$where"])
    func nul(name: String) {
        #expect(refusal([.field(name): 1]) == .nulInName(name))
        #expect(refusal(["a": ["b": [[.field(name): 1]]]]) == .nulInName(name))
        #expect(refusal(["$expr": .path(name)]) == .nulInName(name))
        #expect(refusal(["a\0b": 1]) == .nulInName("a\0b"))
    }

    @Test("Where one is refused, nothing of it is left behind")
    func leftBehind() throws {
        var documents = BSONSequence()
        try documents.append(["a": 1])
        #expect(throws: BSONLiteral.Refusal.self) { try documents.append(["b": 1, .field("$c"): 1]) }
        #expect(documents.count == 1)
        #expect(try documents.bytes == BSONLiteral.encoded(["a": 1])())
    }

    @Test("Refuses bytes that are not a document", arguments: [[], [5, 0, 0, 0], [6, 0, 0, 0, 0], [5, 0, 0, 0, 1]])
    func noDocument(bytes: [UInt8]) {
        #expect(refusal(["a": .raw(bytes)]) == .noDocument("a"))
        #expect(refusal(.raw(bytes)) == .noDocument(""))
    }
}
