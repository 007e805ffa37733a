internal import CRabbitMQ
internal import Glibc
internal import Pipeline

/// One connection of librabbitmq, logged in. It, its channels and its socket belong to the thread that opened it.
///
/// Nothing is shared and nothing is reopened: after an error the object is dropped, which closes the socket.
final class AMQPConnection {
    let handle: OpaquePointer
    let address: BrokerAddress
    /// Most that a frame of ours may hold, as agreed with the broker.
    let frameMax: Int
    /// Agreed interval in seconds.
    let heartbeat: Int

    /// Both sides' default, and small enough that the deepest table in one frame is decoded on an 8 MiB stack.
    private static let frameMax: CInt = 131_072
    /// A broker adds headers of its own to a message (x-death, x-delivery-count) and does not cut frames for that: a
    /// message whose headers just fitted when it was published would otherwise end every connection that reads it.
    private static let frameSlack: CInt = 65_536

    /// Connects and logs in; with `acceptsLargerFrames` (not for publishing: the library cuts bodies by the same figure)
    /// incoming frames may exceed what was agreed. Blocks, at most about `timeout` for each of the two (and as long as the name service takes).
    init(
        to address: BrokerAddress, as identity: ClientIdentity, heartbeat: Int, timeout: Duration,
        acceptsLargerFrames: Bool = false
    ) throws(AMQPError) {
        guard let handle = amqp_new_connection() else { throw AMQPError(.local, "\(address): out of memory") }
        do throws(AMQPError) {
            var limit = timeval(timeout)
            guard let socket = try Self.socket(of: handle, address) else {
                throw AMQPError(.local, "\(address): no socket to be had")
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

    /// To be polled; -1 once the library has closed it.
    var descriptor: Int32 { amqp_get_sockfd(handle) }

    /// Whether the library still thinks of it as a connection.
    var isOpen: Bool { descriptor >= 0 }

    /// Says good-bye, to one channel first if asked to: its answer means that all acknowledgements before have arrived.
    /// Waits for each answer up to `limit`; the socket closes when the object goes. Errors do not matter any more.
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
        // The library trusts nobody by default, not even the system's authorities.
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
