import Testing

@testable import Schemas

@Suite struct `Regular expressions` {
    static func match(_ pattern: String, _ text: String) throws -> Pattern.Outcome {
        var text = text
        let compiled = try Pattern(pattern)
        return text.withUTF8 { compiled.match($0) }
    }

    /// As a JavaScript engine answers with the flag u.
    @Test(
        arguments: [
            ("", "", true), ("abc", "xabcx", true), ("^abc$", "abc\n", false), ("a|b", "cb", true),
            ("(?:a|b)+c", "abac", true),
            ("^a{2,3}$", "aa", true), ("^a{2,3}$", "aaaa", false), ("^a{2,}$", "aaaaa", true), ("^a{0}$", "", true),
            ("^(?:ab){2}$", "abab", true), ("^(?:ab){2}$", "ab", false), ("^(ab)*?$", "ababab", true),
            ("^a??b", "ab", true),
            ("^.$", "é", true), ("^.$", "🐲", true), ("^.$", "\n", false), ("^.$", "\u{2028}", false),
            ("^[^a]$", "🐲", true),
            ("^[a-c]+$", "abcabc", true), ("^[^\\d\\s]+$", "ab é", false),
            ("^[-a]$", "-", true),
            ("^[\\]]$", "]", true), ("^[\\b]$", "\u{8}", true), ("\\bfoo\\b", "a foo b", true),
            ("\\bfoo\\b", "afoo", false),
            ("\\B", "", true), ("^\\u{1F432}$", "🐲", true), ("^\\ud83d\\udc32$", "🐲", true),
            ("^\\x41\\t\\cJ$", "A\t\n", true),
            ("^\\0$", "\0", true), ("^\\p{Lu}+$", "ÁÉ", true), ("^\\P{Lu}+$", "áé", true), ("^[\\P{L}]$", "1", true),
            ("^\\p{Script=Greek}+$", "αβγ", true), ("^\\p{sc=Cyrl}$", "я", true), ("^\\p{Alphabetic}$", "ñ", true),
            ("^\\p{gc=Nd}$", "৪", true), ("^\\p{L}\\p{M}$", "e\u{301}", true), ("^[\\W]$", "é", true),
            ("^\\w$", "ſ", false),
            ("(?=a)ab", "ab", true), ("a(?!b)", "ab", false), ("(?<=a)b", "ab", true), ("(?<!a)b", "ab", false),
            ("(?<=^|,)x", "a,x", true), ("(?<=(\\d+)(\\d+))$", "1053", true), ("^(a)\\1$", "aa", true),
            ("^(a)\\1$", "ab", false),
            ("^\\1(a)$", "a", true), ("^(?:(a)|b)*\\1$", "ab", true), ("^(?<n>x)\\k<n>$", "xx", true),
            ("^(é)\\1$", "éé", true),
            ("^(z)((a+)?(b+)?(c))*$", "zaacbbbcac", true), ("^(?:a*)*$", "aaa", true), ("^(?:a*)*$", "b", false),
            ("^(a?)*?$", "aaa", true), ("(?:){3}", "", true), ("^(?!.*--)[a-z-]+$", "a-b", true),
            ("^(?!.*--)[a-z-]+$", "a--b", false),
            ("^\\-\\_\\@$", "-_@", false), ("]", "]", true), ("a}", "a}", true),
        ] as [(String, String, Bool)])
    func `match as in ECMA-262`(_ pattern: String, _ text: String, _ matches: Bool) throws {
        if pattern.contains("\\_") {
            #expect(throws: PatternSyntaxError.self) { try Pattern(pattern) }
        } else {
            #expect(try Self.match(pattern, text) == (matches ? .found : .absent))
        }
    }

    @Test(arguments: [
        "(", ")", "(?", "(?<a", "(?<1>a)", "(?<a>x)(?<a>y)", "[", "[a", "[b-a]", "[\\d-z]", "[a-\\d]", "*", "a**", "+a",
        "a{2,1}",
        "a{", "a{,2}", "{1}", "\\", "\\a", "\\_", "\\u12", "\\u{110000}", "\\xg", "\\c1", "\\p{Foo}", "\\p{L", "\\pL",
        "\\1",
        "(a)\\2", "\\k<b>", "^*", "(?=a)*", "\\01", "(?i:a)", String(repeating: "(", count: 5000),
        String(repeating: "(?:a|b){2}", count: 9000),
    ])
    func `that are none are refused`(_ pattern: String) {
        #expect(throws: PatternSyntaxError.self) { try Pattern(pattern) }
    }

    @Test(arguments: [
        ("^(a+)+$", String(repeating: "a", count: 40) + "b"),
        ("^(a|a)*$", String(repeating: "a", count: 40) + "b"),
        ("^(a|aa)+$", String(repeating: "a", count: 100) + "b"),
        ("(x+x+)+y", String(repeating: "x", count: 60)),
        ("^((a*)*)*$", String(repeating: "a", count: 40) + "b"),
        ("(?=(a+)+$)b", String(repeating: "a", count: 60) + "b"),
        ("(.*)*\\1b", String(repeating: "a", count: 60)),
    ])
    func `that backtrack without end are given up quickly`(_ pattern: String, _ text: String) throws {
        let start = ContinuousClock.now
        #expect(try Self.match(pattern, text) == .tooManySteps)
        #if DEBUG
            // Without the optimiser, and on a machine that is busy with other tests.
            #expect(start.duration(to: .now) < .seconds(5))
        #else
            #expect(start.duration(to: .now) < .milliseconds(50))
        #endif
    }

    @Test func `that are linear take long texts`() throws {
        let text = String(repeating: "ñandú-", count: 50_000)
        #expect(try Self.match("^[a-zñú-]*$", text) == .found)
        #expect(try Self.match("^(?:[a-zñú]+-)*$", text) == .found)
        #expect(try Self.match("z$", text) == .absent)
    }
}
