import Crypto
import CryptoExtras
import Foundation
import Testing

@testable import Web

/// Signed tokens: what is taken, and every way in which one can be wrong.
@Suite struct SignedTokenTests {
    private static let now: Int64 = 1_800_000_000_000
    private static let secret = "0123456789abcdef0123456789abcdef"
    private static let (ec, otherEC) = (P256.Signing.PrivateKey(), P256.Signing.PrivateKey())
    private static let rsa = try! _RSA.Signing.PrivateKey(keySize: .bits2048)
    private static let right = #"{"sub":"ana","exp":1800000060}"#

    private static func base64(_ bytes: some DataProtocol) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func sign(_ text: String, _ algorithm: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        switch algorithm {
        case "HS256":
            return Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: Array(secret.utf8))))
        case "ES256": return Array(try! ec.signature(for: bytes).rawRepresentation)
        case "RS256":
            return Array(
                try! rsa.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5).rawRepresentation)
        default: return []
        }
    }

    private static func token(
        _ claims: String = right, header: String? = nil, signedBy algorithm: String = "HS256"
    ) -> String {
        let text = base64(Array((header ?? "{\"alg\":\"\(algorithm)\"}").utf8)) + "." + base64(Array(claims.utf8))
        return text + "." + base64(sign(text, algorithm))
    }

    private static func jwk(_ key: P256.Signing.PublicKey, _ more: String = "") -> String {
        let raw = key.rawRepresentation
        return #"{"kty":"EC","crv":"P-256","x":"\#(base64(raw.prefix(32)))","y":"\#(base64(raw.suffix(32)))"\#(more)}"#
    }

    private static var rsaJWK: String {
        let parts = try! rsa.publicKey.getKeyPrimitives()
        return #"{"kty":"RSA","use":"sig","n":"\#(base64(parts.modulus))","e":"\#(base64(parts.publicExponent))"}"#
    }

    private static func read(
        _ token: String, keys: String, claim: String = "sub", issuer: String? = nil, audience: String? = nil,
        now: Int64 = now
    ) -> String {
        do throws(SignedToken.Problem) {
            let keys = try! JWTKeys(keys)
            let terms = SignedToken.Terms(issuer: issuer, audience: audience, claim: claim)
            return try SignedToken(token, keys: keys, terms: terms, now: now).principal
        } catch {
            return switch error {
            case .notGenuine: "not genuine"
            case .refused(let why): why
            }
        }
    }

    private static var files: [(name: String, keys: String, algorithm: String)] {
        [
            ("a secret", secret + "\n", "HS256"),
            ("a secret as JWK", #"{"kty":"oct","k":"\#(base64(Array(secret.utf8)))"}"#, "HS256"),
            ("PEM of P-256", ec.publicKey.pemRepresentation, "ES256"), ("a JWK of P-256", jwk(ec.publicKey), "ES256"),
            ("PEM of RSA", rsa.publicKey.pemRepresentation, "RS256"), ("a JWK of RSA", rsaJWK, "RS256"),
            (
                "a set",
                #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"},{"kty":"RSA","use":"enc"},"#
                    + jwk(otherEC.publicKey) + "," + jwk(ec.publicKey) + "]}", "ES256"
            ),
        ]
    }

    @Test func `a token is checked with the key of its file, whatever the token says`() {
        for file in Self.files {
            for signer in ["HS256", "ES256", "RS256"] {
                for said in ["HS256", "ES256", "RS256", "none", "None", "", "HS512", "PS256"] {
                    let token = Self.token(header: "{\"alg\":\"\(said)\"}", signedBy: signer)
                    let isRight = signer == file.algorithm && said == file.algorithm
                    #expect(
                        Self.read(token, keys: file.keys) == (isRight ? "ana" : "not genuine"),
                        "\(file.name) \(signer) \(said)")
                }
            }
        }
    }

    @Test func `a public key never counts as a secret`() throws {
        // The classic: the public key, which everybody knows, as the secret of HS256.
        let pem = Self.ec.publicKey.pemRepresentation
        for secret in [pem, pem + "\n", Self.jwk(Self.ec.publicKey)] {
            let text = Self.base64(Array(#"{"alg":"HS256"}"#.utf8)) + "." + Self.base64(Array(Self.right.utf8))
            let code = HMAC<SHA256>.authenticationCode(
                for: Array(text.utf8), using: SymmetricKey(data: Array(secret.utf8)))
            #expect(Self.read(text + "." + Self.base64(Array(code)), keys: secret) == "not genuine")
        }
    }

    @Test(
        "what cannot be a token is not genuine",
        arguments: [
            "", ".", "..", "...", "a.b.c", token() + ".", token() + "=", String(token().dropLast()),
            token().uppercased(),
            token().replacing(".", with: " . "), String(repeating: "a", count: 9000),
            token(header: "[]"), token(header: "{}"), token(header: #"{"alg":1}"#), token(header: #"{"alg":"HS256""#),
            token(header: #"{"alg":"HS256","alg":"HS256"}"#), token(header: #"{"alg":"HS256","crit":["exp"]}"#),
            token(header: #"{"alg":"HS256","x":"\#(String(repeating: "a", count: 9000))"}"#),
            token().split(separator: ".").prefix(2).joined(separator: ".") + ".",
        ])
    func garbage(token: String) { #expect(Self.read(token, keys: Self.secret) == "not genuine", "\(token.prefix(80))") }

    @Test(
        "every changed byte is seen",
        arguments: Array(0..<token().utf8.count))
    func changed(index: Int) {
        var bytes = Array(Self.token().utf8)
        bytes[index] = bytes[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        #expect(Self.read(String(decoding: bytes, as: UTF8.self), keys: Self.secret) == "not genuine")
    }

    @Test(
        "claims decide",
        arguments: [
            (#"{"sub":"ana","exp":1800000000.001}"#, "ana"), (#"{"sub":"ana","exp":1800000000}"#, "it is expired"),
            (#"{"sub":"ana","exp":1e300}"#, "ana"), (#"{"sub":"ana","exp":-1}"#, "it is expired"),
            (#"{"sub":"ana"}"#, "it never expires; give it 'exp'"),
            (#"{"sub":"ana","exp":"1900000000"}"#, "its claim 'exp' is not a time"),
            (#"{"sub":"ana","exp":null}"#, "its claim 'exp' is not a time"),
            (#"{"sub":"ana","exp":1e999}"#, "its claim 'exp' is not a time"),
            (#"{"sub":"ana","exp":1900000000,"nbf":1800000030}"#, "ana"),
            (#"{"sub":"ana","exp":1900000000,"nbf":1800000031}"#, "it is not valid yet"),
            (#"{"sub":"ana","exp":1900000000,"nbf":{}}"#, "its claim 'nbf' is not a time"),
            (#"{"sub":"ana","exp":1900000000,"aud":"x"}"#, "it is for another audience"),
            (#"{"sub":"ana","exp":1900000000,"aud":[]}"#, "ana"),
            (#"{"sub":"ana","exp":1900000000,"aud":7}"#, "its claim 'aud' is neither a text nor a list of texts"),
            (#"{"sub":"","exp":1900000000}"#, "its claim 'sub' names no caller: expected a text or a whole number"),
            (#"{"sub":["a"],"exp":1900000000}"#, "its claim 'sub' names no caller: expected a text or a whole number"),
            (#"{"sub":1.5,"exp":1900000000}"#, "its claim 'sub' names no caller: expected a text or a whole number"),
            (#"{"sub":7,"exp":1900000000}"#, "7"),
            (#"{"exp":1900000000}"#, "its claim 'sub' names no caller: expected a text or a whole number"),
            (#"[]"#, "its claims are not a JSON object"),
            (#"{"sub":"a","sub":"b","exp":1900000000}"#, "its claims are not a JSON object"),
            ("", "its claims are not a JSON object"), ("{", "its claims are not a JSON object"),
        ])
    func claims(claims: String, expected: String) {
        #expect(Self.read(Self.token(claims), keys: Self.secret) == expected)
    }

    @Test(
        "issuer and audience are as they were set",
        arguments: [
            (#""iss":"a","aud":"b""#, "ana"), (#""iss":"a","aud":["x","b"]"#, "ana"),
            (#""iss":"a""#, "it is for another audience"),
            (#""aud":"b""#, "it is of another issuer"), (#""iss":"A","aud":"b""#, "it is of another issuer"),
            (#""iss":["a"],"aud":"b""#, "it is of another issuer"),
            (#""iss":"a","aud":"bb""#, "it is for another audience"),
            (#""iss":"a","aud":[]"#, "it is for another audience"),
        ])
    func terms(claims: String, expected: String) {
        let token = Self.token("{\"sub\":\"ana\",\"exp\":1900000000,\(claims)}")
        #expect(Self.read(token, keys: Self.secret, issuer: "a", audience: "b") == expected)
    }

    @Test func `the caller is the claim that the route names`() {
        let token = Self.token(#"{"sub":"ana","user_id":12,"exp":1900000000}"#)
        #expect(Self.read(token, keys: Self.secret, claim: "user_id") == "12")
    }

    @Test func `a key that the token names is the only one`() {
        let set =
            #"{"keys":["# + Self.jwk(Self.otherEC.publicKey, #","kid":"a""#) + ","
            + Self.jwk(Self.ec.publicKey, #","kid":"b""#) + "]}"
        for (header, isRight) in [
            (#"{"alg":"ES256"}"#, true), (#"{"alg":"ES256","kid":"b"}"#, true), (#"{"alg":"ES256","kid":"a"}"#, false),
            (#"{"alg":"ES256","kid":"c"}"#, false),
        ] {
            let token = Self.token(header: header, signedBy: "ES256")
            #expect(Self.read(token, keys: set) == (isRight ? "ana" : "not genuine"), "\(header)")
        }
    }

    @Test(
        "a file that holds no key for this is refused",
        arguments: [
            "", "short", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n", rsa.pemRepresentation,
            ec.pemRepresentation, P384.Signing.PrivateKey().publicKey.pemRepresentation,
            ec.publicKey.pemRepresentation + ec.publicKey.pemRepresentation, "{}", "[]", "{\"keys\":[]}",
            "{\"keys\":{}}", "{\"keys\":[1]}",
            #"{"kty":"oct","k":"AAAA"}"#, #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
            #"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#, #"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#,
            #"{"kty":"EC","crv":"P-256","alg":"ES384","x":"AA","y":"AA"}"#, #"{"kty":"oct""#,
        ])
    func badFiles(text: String) {
        #expect(throws: JWTKeys.Problem.self) { try JWTKeys(text) }
    }
}
