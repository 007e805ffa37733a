import Contracts
import Mappings
import Testing

@testable import Web

/// Tokens of a file, and what a request may say of who sends it.
@Suite struct AccessTokenTests {
    private static let tokens = """
        # the tills
        till-1 0123456789abcdef-one
        till-2\t0123456789abcdef-two==

        till-1   0123456789abcdef-new
        """

    private func rules() throws -> AccessRules {
        let group = AccessGroup(name: "shop")
        group.use(try TokenTable(Self.tokens))
        return AccessRules([group]) { 0 }
    }

    /// Who is admitted, or the status and the challenge of the refusal.
    private func admitted(
        _ rules: AccessRules, _ authorization: [String], query: [String] = [], from address: String = "10.0.0.1",
        _ change: (inout EndpointAccess) -> Void = { _ in }
    ) -> String {
        var access = EndpointAccess(name: "shop")
        change(&access)
        do throws(Refused) {
            return try rules.admit(
                access, headers: authorization.map { RequestField(name: "authorization", value: $0) },
                parameters: query.map { RequestField(name: "access_token", value: $0) }, from: address
            ).principal
        } catch {
            let challenge = error.answer.headers.first { $0.name == "www-authenticate" }?.value ?? ""
            return "\(error.answer.status) \(challenge)"
        }
    }

    @Test(
        "a token is its caller's",
        arguments: [
            (["Bearer 0123456789abcdef-one"], [], "till-1"), (["bearer 0123456789abcdef-new"], [], "till-1"),
            (["BEARER   0123456789abcdef-two=="], [], "till-2"), ([], ["0123456789abcdef-two=="], "till-2"),
            ([], [], "401 Bearer realm=\"shop\""), (["Basic dTpw"], [], "401 Bearer realm=\"shop\""),
            (["0123456789abcdef-one"], [], "401 Bearer realm=\"shop\""), (["Bearer"], [], "401 Bearer realm=\"shop\""),
            (["Bearer 0123456789abcdef-one x"], [], "401 Bearer realm=\"shop\""),
            (["Bearer 0123456789abcdef-on"], [], "401 Bearer realm=\"shop\", error=\"invalid_token\""),
            (["Bearer 0123456789abcdef-One"], [], "401 Bearer realm=\"shop\", error=\"invalid_token\""),
            (["Bearer till-1"], [], "401 Bearer realm=\"shop\", error=\"invalid_token\""),
            (["Bearer 0123456789abcdef-two"], [], "401 Bearer realm=\"shop\", error=\"invalid_token\""),
            ([], [""], "401 Bearer realm=\"shop\", error=\"invalid_token\""),
            (
                ["Bearer " + String(repeating: "x", count: 100_000)], [],
                "401 Bearer realm=\"shop\", error=\"invalid_token\""
            ),
            (
                ["Bearer 0123456789abcdef-one", "Bearer 0123456789abcdef-one"], [],
                "400 Bearer realm=\"shop\", error=\"invalid_request\""
            ),
            (
                ["Bearer 0123456789abcdef-one"], ["0123456789abcdef-one"],
                "400 Bearer realm=\"shop\", error=\"invalid_request\""
            ),
        ] as [([String], [String], String)])
    func admits(authorization: [String], query: [String], expected: String) throws {
        #expect(admitted(try rules(), authorization, query: query) == expected)
    }

    @Test func `a known caller without the permission is refused as such`() throws {
        let rules = try rules()
        let one = admitted(rules, ["Bearer 0123456789abcdef-one"]) { $0.principals = ["till-2"] }
        #expect(one == "403 Bearer realm=\"shop\", error=\"insufficient_scope\"")
        #expect(admitted(rules, ["Bearer 0123456789abcdef-two=="]) { $0.principals = ["till-2"] } == "till-2")
        #expect(admitted(rules, ["Bearer 0123456789abcdef-one"]) { $0.name = "other" }.hasPrefix("503"))
    }

    @Test func `wrong tokens are slowed, and disturb no right one`() throws {
        let rules = try rules()
        for _ in 0..<FailureLimit.most { #expect(admitted(rules, ["Bearer wrong"]).hasPrefix("401")) }
        #expect(admitted(rules, ["Bearer wrong"]).hasPrefix("429"))
        #expect(admitted(rules, ["Bearer wrong"], from: "10.0.0.2").hasPrefix("401"))
        #expect(admitted(rules, []).hasPrefix("401"))
        #expect(admitted(rules, ["Bearer 0123456789abcdef-one"]) == "till-1")
    }

    @Test func `a changed file counts from then on`() throws {
        let group = AccessGroup(name: "shop")
        group.use(try TokenTable(Self.tokens))
        let rules = AccessRules([group]) { 0 }
        group.use(try TokenTable("till-1 0123456789abcdef-new\ntill-3 0123456789abcdef-3"))
        #expect(admitted(rules, ["Bearer 0123456789abcdef-new"]) == "till-1")
        #expect(admitted(rules, ["Bearer 0123456789abcdef-3"]) == "till-3")
        #expect(admitted(rules, ["Bearer 0123456789abcdef-one"]).hasPrefix("401"))
    }

    @Test(
        "a file that cannot be meant is refused with its line, and quotes no token",
        arguments: [
            ("", "no tokens"), ("# only this\n", "no tokens"), ("till", "line 1"), ("a 0123456789abcdef b", "line 1"),
            ("a 0123456789abcdef\nb 0123456789abcde", "line 2"), ("a 0123456789abcdé-", "line 1"),
            ("a 0123456789abcdef\nb 0123456789abcdef", "line 2"), ("a 01234567=89abcdef", "line 1"),
            ("é 0123456789abcdef", "line 1"), (String(repeating: "x", count: 201) + " 0123456789abcdef", "line 1"),
            ("\r\n\r\na\r\n", "line 3"),
        ])
    func refuses(text: String, expected: String) {
        do throws(TokenTable.Problem) {
            _ = try TokenTable(text)
            Issue.record("it was taken")
        } catch {
            #expect(error.message.contains(expected), "\(error.message)")
            #expect(!error.message.contains("0123456789abcde"))
        }
    }

    @Test(
        "base64url is strict",
        arguments: [
            ("", []), ("AA", [0]), ("AAA", [0, 0]), ("AAAA", [0, 0, 0]), ("_-8", [0xFF, 0xEF]), ("A", nil),
            ("AB", nil), ("AAB", nil), ("AA==", nil), ("A+A/", nil), ("AA A", nil), ("AAAAA", nil),
            ("AAAAAA", [0, 0, 0, 0]),
        ] as [(String, [UInt8]?)])
    func base64(text: String, expected: [UInt8]?) { #expect(Base64URL.bytes(text) == expected) }

    @Test(
        "an address distinguishes clients, of IPv6 its network",
        arguments: [
            ("10.0.0.1", "10.0.0.1"), ("::1", "::1"), ("::ffff:10.0.0.1", "10.0.0.1"), (nil, "?"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("fe80::1", "fe80:0:0:0::/64"),
        ] as [(String?, String)])
    func addresses(address: String?, expected: String) { #expect(ClientAddress.text(address) == expected) }
}
