internal import Crypto
internal import CryptoExtras
internal import JSON

/// The keys of a file that signed tokens are checked with. Each has one algorithm, which no token can change.
package struct JWTKeys: Sendable {
    /// Why a file cannot be used; quotes no key.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        let message: String

        package var description: String { message }
    }

    private enum Kind: Sendable {
        case hs256(SymmetricKey)
        case rs256(_RSA.Signing.PublicKey)
        case es256(P256.Signing.PublicKey)
    }

    private struct Key: Sendable {
        let id: String?
        let kind: Kind
    }

    package static let mostFileBytes = 1 << 20
    /// Bytes of the shortest shared secret, those of its hash (RFC 7518, 3.2).
    private static let leastSecretBytes = 32
    private static let leastRSABits = 2048
    private static let kinds =
        "expected a public key in PEM (RSA of 2048 bits or more, or P-256), a JWK or a set of them, or a shared secret of"
        + " \(leastSecretBytes) bytes or more"

    private var keys: [Key] = []

    package init(_ text: String) throws(Problem) {
        guard text.utf8.count <= Self.mostFileBytes else {
            throw Problem(message: "the file has \(text.utf8.count) bytes; it has at most \(Self.mostFileBytes)")
        }
        let start = text.drop(while: \.isWhitespace)
        if start.hasPrefix("{") || start.hasPrefix("[") {
            keys = try Self.jwks(String(start))
        } else if text.contains("-----BEGIN") {
            // Never a secret: a public key is known to those who would sign with it.
            keys = [Key(id: nil, kind: try Self.pem(String(start)))]
        } else {
            var secret = text[...]
            while secret.last?.isNewline == true { secret.removeLast() }
            keys = [Key(id: nil, kind: .hs256(try Self.secret(Array(secret.utf8))))]
        }
    }

    private static func secret(_ bytes: [UInt8]) throws(Problem) -> SymmetricKey {
        guard bytes.count >= leastSecretBytes else {
            throw Problem(message: "\(kinds); found \(bytes.count) bytes. 'openssl rand -hex 32' makes a secret")
        }
        return SymmetricKey(data: bytes)
    }

    private static func pem(_ text: String) throws(Problem) -> Kind {
        guard text.hasPrefix("-----BEGIN PUBLIC KEY-----"), text.ranges(of: "-----BEGIN").count == 1 else {
            throw Problem(
                message:
                    "\(kinds); found another PEM file. 'openssl pkey -in KEY -pubout' and 'openssl x509 -in CERTIFICATE -pubkey"
                    + " -noout' make a public key")
        }
        if let key = try? P256.Signing.PublicKey(pemRepresentation: text) { return .es256(key) }
        // Its initializer refuses keys of fewer bits.
        if let key = try? _RSA.Signing.PublicKey(pemRepresentation: text) { return .rs256(key) }
        throw Problem(message: "\(kinds); found a public key of another kind")
    }

    // MARK: JWK

    private static func jwks(_ text: String) throws(Problem) -> [Key] {
        let document: JSONDocument
        do throws(JSONSyntaxError) {
            document = try JSONParser().parse(text)
        } catch {
            throw Problem(message: "the file is not JSON: \(error)")
        }
        let keys = try document.withRoot { root -> Result<[Key], Problem> in
            Result { () throws(Problem) in
                guard root.isObject, let list = root["keys"] else { return try [key(root, 1)].compactMap(\.self) }
                guard list.isArray else { throw Problem(message: "'keys': expected a list of keys") }
                var keys: [Key] = []
                for (index, node) in list.elements.enumerated() {
                    if let key = try key(node, index + 1) { keys.append(key) }
                }
                return keys
            }
        }.get()
        guard !keys.isEmpty else { throw Problem(message: "none of its keys is for HS256, RS256 or ES256; \(kinds)") }
        return keys
    }

    /// Nil for a key that is for something else (RFC 7517, 5).
    private static func key(_ node: JSONNode, _ number: Int) throws(Problem) -> Key? {
        func problem(_ what: String) -> Problem { Problem(message: "key \(number): \(what)") }
        guard node.isObject else { throw problem("expected an object with 'kty'") }
        if let use = node["use"], use.string != "sig" { return nil }
        let id = node["kid"]?.string
        let algorithm = node["alg"].map { $0.string ?? "" }
        func part(_ name: String) throws(Problem) -> [UInt8] {
            guard let bytes = node[name]?.string.flatMap({ Base64URL.bytes($0) }), !bytes.isEmpty else {
                throw problem("expected '\(name)' in base64url")
            }
            return bytes
        }
        switch node["kty"]?.string {
        case nil: throw problem("expected a key with 'kty'")
        case "oct":
            guard algorithm ?? "HS256" == "HS256" else { return nil }
            let bytes = try part("k")
            guard bytes.count >= leastSecretBytes else {
                throw problem("its secret has fewer than \(leastSecretBytes) bytes")
            }
            return Key(id: id, kind: .hs256(SymmetricKey(data: bytes)))
        case "RSA":
            guard algorithm ?? "RS256" == "RS256" else { return nil }
            let (modulus, exponent) = (try part("n"), try part("e"))
            guard let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent), key.keySizeInBits >= leastRSABits
            else {
                throw problem("it is not an RSA key of \(leastRSABits) bits or more")
            }
            return Key(id: id, kind: .rs256(key))
        case "EC":
            guard node["crv"]?.string == "P-256", algorithm ?? "ES256" == "ES256" else { return nil }
            let (x, y) = (try part("x"), try part("y"))
            guard x.count == 32, y.count == 32, let key = try? P256.Signing.PublicKey(rawRepresentation: x + y) else {
                throw problem("'x' and 'y' are not a point of P-256")
            }
            return Key(id: id, kind: .es256(key))
        default: return nil
        }
    }

    // MARK: Signatures

    /// Whether one of the keys that are for this algorithm made the signature. `id`: the one that the token names.
    func haveSigned(_ text: [UInt8], _ signature: [UInt8], algorithm: String, id: String?) -> Bool {
        keys.contains { key in
            if let id, let own = key.id, own != id { return false }
            switch (key.kind, algorithm) {
            case (.hs256(let key), "HS256"):
                return HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: text, using: key)
            case (.rs256(let key), "RS256"):
                return key.isValidSignature(
                    _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: text),
                    padding: .insecurePKCS1v1_5)
            case (.es256(let key), "ES256"):
                guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else {
                    return false
                }
                return key.isValidSignature(signature, for: text)
            default: return false
            }
        }
    }
}
