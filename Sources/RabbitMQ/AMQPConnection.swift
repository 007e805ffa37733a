internal import CRabbitMQ
internal import Glibc

/// A logged-in librabbitmq connection. Confined to the thread that opened it.
///
/// Never reopened: after an error the object is dropped, which closes the socket.
final class AMQPConnection {
    let handle: OpaquePointer
    let address: BrokerAddress
    /// Negotiated maximum size of sent frames, in bytes.
    let frameMax: Int
    /// Negotiated heartbeat interval, in seconds.
    let heartbeat: Int

    /// The default of both sides, and small enough to decode the deepest table of one frame on an 8 MiB stack.
    private static let frameMax: CInt = 131_072
    /// A broker adds headers to a message (x-death, x-delivery-count) without splitting frames: without this slack, a
    /// message whose headers just fitted when published would break every connection that reads it.
    private static let frameSlack: CInt = 65_536

    /// Connects and logs in. `acceptsLargerFrames`: incoming frames may exceed the negotiated size (not for publishing:
    /// the library splits bodies by the same figure). Blocks for up to about `timeout` in each step, plus name
    /// resolution.
    init(
        to address: BrokerAddress, as identity: ClientIdentity, heartbeat: Int, timeout: Duration,
        acceptsLargerFrames: Bool = false
    ) throws(AMQPError) {
        guard let handle = amqp_new_connection() else { throw AMQPError(.local, "\(address): out of memory") }
        do throws(AMQPError) {
            var limit = timeval(timeout)
            guard let socket = try Self.socket(of: handle, address) else {
                throw AMQPError(.local, "\(address): no socket available")
            }
            var status = amqp_socket_open_noblock(socket, address.host, CInt(address.port), &limit)
            guard status == 0 else { throw AMQPError(status: status, stage: .connecting, address: address) }
            amqp_set_handshake_timeout(handle, &limit)
            amqp_set_rpc_timeout(handle, &limit)

            let pool = BytePool()
            var properties = try HeaderWriter.table(identity.properties, in: pool)
            let reply = promo_amqp_login(
                handle, address.virtualHost, Self.frameMax, CInt(min(max(heartbeat, 1), Int(UInt16.max))), &properties,
                address.username, address.password)
            guard reply.reply_type == AMQP_RESPONSE_NORMAL else {
                throw AMQPError(reply: reply, stage: .loggingIn, address: address)
            }
            self.frameMax = Int(amqp_get_frame_max(handle))
            self.heartbeat = Int(amqp_get_heartbeat(handle))
            if acceptsLargerFrames {
                status = amqp_tune_connection(
                    handle, amqp_get_channel_max(handle), CInt(self.frameMax) + Self.frameSlack, CInt(self.heartbeat))
                guard status == 0 else { throw AMQPError(status: status, stage: .open, address: address) }
            }
        } catch {
            amqp_destroy_connection(handle)
            throw error
        }
        self.handle = handle
        self.address = address
    }

    deinit { amqp_destroy_connection(handle) }

    /// To be polled; -1 once the library has closed the socket.
    var descriptor: Int32 { amqp_get_sockfd(handle) }

    /// Whether the library considers it open.
    var isOpen: Bool { descriptor >= 0 }

    /// Closes the connection, optionally a channel first: its reply means that all earlier acknowledgements have
    /// arrived. Waits up to `limit` for each reply and ignores errors; deinit closes the socket.
    func close(channel: UInt16? = nil, waiting limit: Duration) {
        var limit = timeval(limit)
        amqp_set_rpc_timeout(handle, &limit)
        if let channel, isOpen { _ = amqp_channel_close(handle, channel, CInt(AMQP_REPLY_SUCCESS)) }
        if isOpen { _ = amqp_connection_close(handle, CInt(AMQP_REPLY_SUCCESS)) }
    }

    private static func socket(of handle: OpaquePointer, _ address: BrokerAddress) throws(AMQPError) -> OpaquePointer? {
        guard let tls = address.tls else { return amqp_tcp_socket_new(handle) }
        guard let socket = amqp_ssl_socket_new(handle) else { return nil }
        amqp_ssl_socket_set_verify_peer(socket, tls.verifiesPeer ? 1 : 0)
        amqp_ssl_socket_set_verify_hostname(socket, tls.verifiesPeer ? 1 : 0)
        amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
        // By default the library trusts no authorities, not even the system's.
        if let file = tls.authorityFile ?? (tls.verifiesPeer ? systemAuthorities() : nil) {
            guard amqp_ssl_socket_set_cacert(socket, file) == 0 else {
                throw AMQPError(.tls, "\(address): the CA file '\(file)' cannot be read as PEM certificates")
            }
        }
        return socket
    }

    private static func systemAuthorities() -> String? {
        let places = [
            "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
            "/etc/ssl/cert.pem",
        ]
        return places.first { access($0, R_OK) == 0 }
    }
}

extension timeval {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = max(duration, .zero).components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}
