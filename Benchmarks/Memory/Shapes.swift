extension Shape {
    /// Those that once took gigabytes, and their neighbours.
    static let known: [Shape] = [
        Shape("usual items", 16) { text, end in
            text.catalog { text in
                text.fill(to: end) {
                    #"{"operation":"IU","code":"c\#($0)","name":"Yerba mate 1 kg","price":1234.50,"brand":"b","active":true}"#
                }
            }
        },
        Shape("items of {}", 10) { text, end in text.catalog { $0.fill(to: end, with: "{}") } },
        Shape("items of {}, 1 MB", 1) { text, end in text.catalog { $0.fill(to: end, with: "{}") } },
        Shape("items of 1", 10) { text, end in text.catalog { $0.fill(to: end, with: "1") } },
        Shape("items of 1, 1 MB", 1) { text, end in text.catalog { $0.fill(to: end, with: "1") } },
        Shape("numbers in one item", 15) { text, end in text.oneItem { $0.fill(to: end, with: "1") } },
        Shape("numbers in one item, 1 MB", 1) { text, end in text.oneItem { $0.fill(to: end, with: "1") } },
        Shape("deletes under a company of |", 32) { text, end in
            text.catalog(company: String(repeating: "|", count: 256)) { text in
                text.fill(to: end) { #"{"operation":"D","code":"c\#($0)"}"# }
            }
        },
        Shape("inserts under a company of |", 16) { text, end in
            text.catalog("catalogBrand", company: String(repeating: "|", count: 256)) { text in
                text.fill(to: end) { #"{"operation":"I","code":"c\#($0)","name":"n"}"# }
            }
        },
        Shape("the limit: items of {}", 120) { text, end in text.catalog { $0.fill(to: end, with: "{}") } },
        Shape("items of []", 10) { text, end in text.catalog { $0.fill(to: end, with: "[]") } },
        Shape("items of lists", 10) { text, end in text.catalog { $0.fill(to: end, with: "[1,1,1,1,1,1,1,1]") } },
        Shape("items of null", 10) { text, end in text.catalog { $0.fill(to: end, with: "null") } },
        Shape("lists in one item", 15) { text, end in text.oneItem { $0.fill(to: end, with: "[]") } },
        Shape("nulls in one item", 8) { text, end in text.oneItem { $0.fill(to: end, with: "null") } },
        Shape("text in one item", 15) { text, end in
            text.oneItem { text in
                text.add("\"")
                text.add(repeatElement(UInt8(ascii: "x"), count: end - text.count))
                text.add("\"")
            }
        },
        Shape("an item of 40 MB of text", 40) { text, end in
            text.oneItem { text in
                text.add("\"")
                text.add(repeatElement(UInt8(ascii: "x"), count: end - text.count))
                text.add("\"")
            }
        },
        Shape("escapes in one item", 15) { text, end in text.oneItem { $0.fill(to: end, with: #""\u0041\n""#) } },
        Shape("escapes in many items", 15) { text, end in
            text.catalog { text in
                text.fill(to: end) { #"{"operation":"I","code":"c\#($0)","name":"\u0041\u0042\n\n\n\n"}"# }
            }
        },
        Shape("reserved names", 10) { text, end in
            text.catalog { $0.fill(to: end, with: #"{"$a":1,"$b":{"$c":{"$d":1}},"e.f":1}"#) }
        },
        Shape("unknown fields", 10) { text, end in
            text.catalog { text in
                text.fill(to: end) {
                    #"{"operation":"I","code":"\#($0)","name":"n","a\#($0)":1,"b\#($0)":{"c":[1,2]}}"#
                }
            }
        },
        Shape("members of one item", 10) { text, end in
            text.catalog { text in
                text.add(#"{"operation":"I","code":"a","name":"n","#)
                text.fill(to: end) { "\"m\($0)\":1" }
                text.add("}")
            }
        },
        Shape("wrong fields", 10) { text, end in
            text.catalog {
                $0.fill(
                    to: end, with: #"{"operation":"I","code":{},"name":[],"price":"x","brand":1,"active":2,"cost":{}}"#)
            }
        },
        Shape("a name of many bytes", 8) { text, end in
            text.catalog { text in
                text.add(#"{"operation":"I","code":"a","name":"n",""#)
                text.add(repeatElement(UInt8(ascii: "N"), count: end - text.count))
                text.add(#"":{"$0":1,"$1":1,"$2":1,"$3":1,"$4":1,"$5":1,"$6":1,"$7":1,"$8":1,"$9":1}}"#)
            }
        },
        Shape("keys of |", 16) { text, end in
            let key = String(repeating: "|", count: 500)
            text.catalog { text in text.fill(to: end) { #"{"operation":"D","code":"\#(key)\#($0)"}"# } }
        },
        Shape("repeated names", 10) { text, end in text.catalog { $0.fill(to: end, with: #"{"a":1,"a":2}"#) } },
        Shape("deep items", 10) { text, end in
            let deep = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
            text.catalog { $0.fill(to: end, with: deep) }
        },
        Shape("params", 30) { text, end in
            text.add(#"{"companyId":"c","catalog":"catalogItem","items":[{}],"params":["#)
            text.fill(to: end, with: "1")
            text.add("]}")
        },
        Shape("no envelope", 30) { text, end in
            text.add("[")
            text.fill(to: end, with: "1")
            text.add("]")
        },
        Shape("white space", 30) { text, end in
            text.catalog { text in text.add(repeatElement(UInt8(ascii: " "), count: end - text.count)) }
        },
        Shape("not closed", 30) { text, end in
            text.add(#"{"companyId":"c","catalog":"catalogItem","items":["#)
            text.fill(to: end, with: "{}")
        },
        Shape("not UTF-8", 30) { text, end in
            text.catalog { text in
                text.fill(to: end, with: "{}")
                text.add([0xFF])
            }
        },
    ]

    private static func mapping(_ lines: String) -> String {
        "routes:\n  r:\n    from: { amqp: { queue: q } }\n    definition: catalogItem\n    message:\n      companyId: $.c\n"
            + lines.split(separator: "\n").map { "      \($0)\n" }.joined()
    }

    /// Messages that a mapping reads.
    static let mapped: [Shape] = [
        Shape(
            "mapped: usual items", 16,
            mapping: mapping("items: $.rows[*]\noperation: I\nfields: { code: .k, name: .n }")
        ) { text, end in
            text.add(#"{"c":"c","rows":["#)
            text.fill(to: end) { #"{"k":"c\#($0)","n":"Yerba mate 1 kg","other":[1,2,3]}"# }
            text.add("]}")
        },
        Shape(
            "mapped: items of 1", 10,
            mapping: mapping("items: $.rows[*]\noperation: I\nfields: { code: . , name: { value: a constant text } }")
        ) { text, end in
            text.add(#"{"c":"c","rows":["#)
            text.fill(to: end, with: "1")
            text.add("]}")
        },
        Shape(
            "mapped: nested lists", 10,
            mapping: mapping("items: $.rows[*].r[*]\noperation: I\nfields: { code: .k, name: ^.n }")
        ) { text, end in
            text.add(#"{"c":"c","rows":["#)
            text.fill(to: end, with: #"{"n":"n","r":[{"k":"a"},{"k":"b"},{},1]}"#)
            text.add("]}")
        },
        Shape(
            "mapped: lines", 10,
            mapping: mapping(
                "items: $.text\ncsv: { columns: [k, n], lines: true }\noperation: I\nfields: { code: .k, name: .n }")
        ) { text, end in
            text.add(#"{"c":"c","text":""#)
            while text.count < end { text.add(#"a;b\n"#) }
            text.add("\"}")
        },
        Shape("mapped: as they are", 10, mapping: mapping("items: $.rows[*]\noperation: .operation\nkeep: all")) {
            text, end in
            text.add(#"{"c":"c","rows":["#)
            text.fill(to: end, with: "{}")
            text.add("]}")
        },
    ]

    /// Small ones of those that once took gigabytes: large enough to tell.
    static let short: [Shape] = (known + mapped).filter {
        [
            "items of {}", "items of 1", "numbers in one item", "deletes under a company of |",
            "inserts under a company of |", "mapped: items of 1",
        ].contains($0.name)
    }.map { shape in
        Shape("short: " + shape.name, 0.3, mapping: shape.mapping, write: shape.write)
    }

    /// One that nobody thought of: nested values of a grammar, from a seed.
    static func generated(_ seed: UInt64) -> Shape {
        Shape("generated \(seed)", 12) { text, end in
            var random = Random(state: seed)
            let elements = (0..<8).map { _ in random.value(depth: 0) }
            let operation = ["I", "U", "D", "IU", "X"][Int(random.next() % 5)]
            let company = String(repeating: "|", count: 1 + Int(random.next() % 256))
            switch random.next() % 3 {
            case 0: text.catalog(company: company) { text in text.fill(to: end) { elements[$0 % 8] } }
            case 1:
                text.catalog(company: company) { text in
                    text.fill(to: end) {
                        #"{"operation":"\#(operation)","code":"\#($0)","name":"n","a":\#(elements[$0 % 8])}"#
                    }
                }
            default: text.oneItem { text in text.fill(to: end) { elements[$0 % 8] } }
            }
        }
    }
}

/// SplitMix64.
private struct Random {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    private mutating func text() -> String {
        ["a", "", "\\n", "$x", "x.y", "\\u0000", "é", "2021-01-01", String(repeating: "long ", count: 200)][
            Int(next() % 9)]
    }

    mutating func value(depth: Int) -> String {
        switch next() % (depth < 5 ? 10 : 6) {
        case 0: return "null"
        case 1: return "true"
        case 2: return ["0", "1", "-1.50", "1e5", "12345678901234567890"][Int(next() % 5)]
        case 3: return "\"\(text())\""
        case 4: return "{}"
        case 5: return "[]"
        case 6, 7:
            let count = 1 + next() % 6
            return "[" + (0..<count).map { _ in value(depth: depth + 1) }.joined(separator: ",") + "]"
        default:
            let count = 1 + next() % 6
            return "{" + (0..<count).map { "\"\(text())\($0)\":\(value(depth: depth + 1))" }.joined(separator: ",")
                + "}"
        }
    }
}
