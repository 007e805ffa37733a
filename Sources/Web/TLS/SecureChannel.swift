package import HummingbirdCore
package import Logging
package import NIOCore
internal import NIOSSL

/// Connections over TLS, each with the certificate of the moment when it was opened.
package struct SecureChannel<Base: ServerChildChannel>: ServerChildChannel {
    package typealias Value = Base.Value

    private let base: Base
    private let certificate: ServerCertificate

    package init(base: Base, certificate: ServerCertificate) {
        self.base = base
        self.certificate = certificate
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            guard let context = certificate.context else { throw ChannelError.ioOnClosedChannel }
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    package func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
