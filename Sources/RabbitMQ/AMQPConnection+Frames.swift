internal import CRabbitMQ
internal import Glibc
internal import Lanes

/// Frames as they come, without blocking.
extension AMQPConnection {
    /// The next frame that is here already, or nil. Sends and checks heartbeats on the way. What the frame points to is
    /// valid until ``releaseBuffers(of:)``.
    ///
    /// `isFirst`: the first one after ``wait(for:atMost:)``, for which the socket is read. After it nil comes as soon as
    /// what was read is used up: asking the socket whether it is really empty would be two more system calls each time,
    /// and the next wait asks anyway. Not so with TLS, which may hold back bytes that no poll(2) sees.
    func nextFrame(isFirst: Bool) throws(AMQPError) -> amqp_frame_t? {
        guard isFirst || address.tls != nil || amqp_data_in_buffer(handle) != 0 || amqp_frames_enqueued(handle) != 0
        else {
            return nil
        }
        var frame = amqp_frame_t()
        var none = timeval(tv_sec: 0, tv_usec: 0)
        let status = amqp_simple_wait_frame_noblock(handle, &frame, &none)
        if status == AMQP_STATUS_TIMEOUT.rawValue { return nil }
        try check(status)
        return frame
    }

    /// Gives the memory of the frames read so far back to the library, which otherwise keeps all of it. Nothing that is
    /// needed again is lost: a frame not yet complete, or kept during a request, stays.
    func releaseBuffers(of channel: UInt16) { amqp_maybe_release_buffers_on_channel(handle, channel) }

    /// Whether at least so many bytes are in the socket, which only a broker gets there that has more to say.
    func holdsUnread(bytes count: Int) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { buffer in
            recv(descriptor, buffer.baseAddress, count, CInt(MSG_PEEK | MSG_DONTWAIT))
                == count
        }
    }

    /// Waits until the broker sends something, someone signals, or `limit` is over; a quarter of the heartbeat interval
    /// at most, for heartbeats only go out while frames are read.
    func wait(for wakeup: Wakeup, atMost limit: Duration? = nil) {
        let quarter = Duration.milliseconds(heartbeat * 250)
        let limit = min(limit ?? quarter, quarter)
        Self.poll(descriptor, wakeup, limit)
    }

    /// `descriptor` -1: only the wake-up. Takes the signal back.
    static func poll(_ descriptor: Int32, _ wakeup: Wakeup, _ limit: Duration) {
        let (seconds, attoseconds) = max(limit, .zero).components
        let milliseconds = min(seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1, 1 << 30)
        withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 2) { descriptors in
            descriptors[0] = pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0)
            descriptors[1] = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = Glibc.poll(descriptors.baseAddress, 2, Int32(milliseconds))
            if descriptors[0].revents != 0 { wakeup.drain() }
        }
    }
}
