package import HTTPTypes
package import HummingbirdCore
package import Logging
package import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import NIOWebSocket

/// An HTTP connection like Hummingbird's own, which becomes a WebSocket if its first request asks for it and is
/// accepted.
package struct UpgradableChannel: ServerChildChannel {
    package struct Value: ServerChildChannelValue {
        package let channel: any Channel
        package let outcome: EventLoopFuture<Outcome>
    }

    package enum Outcome: Sendable {
        case http(HTTP1Channel.Value)
        case webSocket(WebSocketRun)
        /// There was no place for it.
        case refused
    }

    private let http: HTTP1Channel
    private let idleTimeout: TimeAmount
    private let terms: WebSocketConfiguration
    private let places: ConnectionPlaces
    private let door: @Sendable (_ request: HTTPRequest, _ address: String) -> WebSocketOpening?

    /// What a request may have before its body: names and values of all headers, each of them, their number.
    private static let headerLimits = {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = 64 << 10
        limits.maxHeaderFieldSize = 16 << 10
        limits.maxHeaderFieldCount = 128
        return limits
    }()

    /// `idleTimeout`: closes idle connections. `door`: whether a request opens a WebSocket; otherwise the responder
    /// answers it. Called on an event loop, so it must be quick. `places`: further connections are answered 503.
    package init(
        responder: @escaping HTTPChannelHandler.Responder, idleTimeout: TimeAmount, terms: WebSocketConfiguration,
        places: ConnectionPlaces,
        door: @escaping @Sendable (_ request: HTTPRequest, _ address: String) -> WebSocketOpening?
    ) {
        http = HTTP1Channel(responder: responder)
        self.idleTimeout = idleTimeout
        self.terms = terms
        self.places = places
        self.door = door
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let place = places.take()
        guard place != .cut else { return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
        channel.closeFuture.whenComplete { [places] _ in places.giveBack() }
        return channel.eventLoop.makeCompletedFuture {
            if place == .refused {
                try channel.pipeline.syncOperations.addHandler(RefusedConnection())
                return Value(channel: channel, outcome: channel.eventLoop.makeSucceededFuture(.refused))
            }
            let encoder = HTTPResponseEncoder()
            let decoder = ByteToMessageHandler(
                HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: Self.headerLimits))
            let gate = HandshakeGate(patience: idleTimeout, door)
            let bound = NIOLoopBound(gate, eventLoop: channel.eventLoop)
            let upgrader = NIOTypedWebSocketServerUpgrader<Outcome>(
                maxFrameSize: terms.mostBytes, enableAutomaticErrorHandling: false,
                // The gate has already decided; only accepted requests get here.
                shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
                upgradePipelineHandler: { channel, _ in webSocket(channel, bound) })
            let handler = NIOTypedHTTPServerUpgradeHandler(
                httpEncoder: encoder, extraHTTPHandlers: [decoder, gate],
                upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                    upgraders: [upgrader], notUpgradingCompletionHandler: { plain($0, logger) }))
            try channel.pipeline.syncOperations.addHandlers([encoder, decoder, gate, handler])
            return Value(channel: channel, outcome: handler.upgradeResultFuture)
        }
    }

    package func handle(value: Value, logger: Logger) async {
        switch try? await value.outcome.get() {
        case .http(let channel): await http.handle(value: channel, logger: logger)
        case .webSocket(let run): await run.run()
        case .refused: try? await value.channel.closeFuture.get()
        case nil: try? await value.channel.close()
        }
    }

    /// Hummingbird's handlers behind the decoder.
    private func plain(_ channel: any Channel, _ logger: Logger) -> EventLoopFuture<Outcome> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(RequestRules())
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: Duration(idleTimeout), logger: logger))
            return .http(
                try NIOAsyncChannel(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
        }
    }

    private func webSocket(
        _ channel: any Channel, _ gate: NIOLoopBound<HandshakeGate>
    ) -> EventLoopFuture<Outcome> {
        channel.eventLoop.makeCompletedFuture {
            guard let opening = gate.value.opening else { throw ChannelError.inappropriateOperationForState }
            let handler = WebSocketHandler(talk: opening.talk, terms: terms)
            try channel.pipeline.syncOperations.addHandler(handler)
            return .webSocket(
                WebSocketRun(
                    channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop),
                    signal: opening.signal))
        }
    }
}
