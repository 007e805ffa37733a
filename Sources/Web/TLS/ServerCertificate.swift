internal import BSON
internal import JSON
internal import NIOSSL
internal import Synchronization

/// A listener's certificate with its key, which may be exchanged while it is used. Thread-safe.
package final class ServerCertificate: Sendable {
    /// Why files cannot be used, with the file; quotes no key.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let description: String

        fileprivate init(_ description: String) { self.description = description }
    }

    private struct Loaded {
        var context: NIOSSLContext
        /// Milliseconds since 1970.
        var expires: Int64
    }

    private let loaded = Mutex<Loaded?>(nil)
    /// How long before its end one is warned of.
    private static let warning: Int64 = 30 * 86_400_000

    package init() {}

    /// What the next connection uses; nil before a certificate was loaded.
    var context: NIOSSLContext? { loaded.withLock { $0?.context } }

    /// Reads the files and uses them from now on. `now`: milliseconds since 1970. Blocks as long as the file system takes.
    package func load(certificate: String, key: String, now: Int64) throws(Problem) {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(certificate)
        } catch {
            throw Problem("'\(certificate)' holds no certificate in PEM, or cannot be read")
        }
        var expires = Int64.max
        for (index, one) in chain.enumerated() {
            let what = chain.count == 1 ? "the certificate in" : "certificate \(index + 1) of"
            let (from, to) = (Self.milliseconds(one.notValidBefore), Self.milliseconds(one.notValidAfter))
            guard to > now else {
                throw Problem("\(what) '\(certificate)' expired on \(Self.day(to)); put a new one there")
            }
            guard from <= now else { throw Problem("\(what) '\(certificate)' is not valid before \(Self.day(from))") }
            expires = min(expires, to)
        }
        guard !chain.isEmpty else { throw Problem("'\(certificate)' holds no certificate in PEM") }
        let privateKey: NIOSSLPrivateKey
        do {
            // Without a password there is nobody to ask for one.
            privateKey = try NIOSSLPrivateKey(file: key, format: .pem) { use in use([UInt8]()) }
        } catch {
            throw Problem("'\(key)' holds no private key in PEM without a password, or cannot be read")
        }
        var terms = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        terms.minimumTLSVersion = .tlsv12
        terms.applicationProtocols = ["http/1.1"]
        do {
            let context = try NIOSSLContext(configuration: terms)
            loaded.withLock { $0 = Loaded(context: context, expires: expires) }
        } catch {
            throw Problem("the key in '\(key)' is not that of the (first) certificate in '\(certificate)'")
        }
    }

    /// A warning that it expires soon; nil where it does not.
    package func warning(now: Int64) -> String? {
        guard let expires = loaded.withLock({ $0?.expires }), expires.subtractingClamped(now) < Self.warning else {
            return nil
        }
        return "the certificate expires on \(Self.day(expires)); put a new one there"
    }

    private static func milliseconds(_ seconds: Int) -> Int64 { Int64(seconds).multipliedClamped(by: 1000) }

    private static func day(_ milliseconds: Int64) -> String {
        String(Instant.text(milliseconds: milliseconds).prefix(10))
    }
}
