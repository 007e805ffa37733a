internal import CRabbitMQ
internal import Glibc
internal import ThreadExecutors

/// Non-blocking reads of frames.
extension AMQPConnection {
    /// The next available frame, or nil. Also sends and checks heartbeats. The frame's memory is valid until
    /// ``releaseBuffers(of:)``.
    ///
    /// `isFirst`: the first call after ``wait(for:atMost:)``, which reads the socket. Later calls return nil once the
    /// buffered bytes are used up: checking the socket again would cost two system calls each time, and the next wait
    /// does it anyway. Except with TLS, which may buffer bytes that poll(2) does not see.
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

    /// Frees the memory of the frames read so far, which the library would otherwise keep. Incomplete frames, and
    /// frames queued during a request, are kept.
    func releaseBuffers(of channel: UInt16) { amqp_maybe_release_buffers_on_channel(handle, channel) }

    /// Whether the socket holds at least `count` unread bytes.
    func holdsUnread(bytes count: Int) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { buffer in
            recv(descriptor, buffer.baseAddress, count, CInt(MSG_PEEK | MSG_DONTWAIT))
                == count
        }
    }

    /// Waits until the broker sends something, `wakeup` is signalled, or `limit` elapses; at most a quarter of the
    /// heartbeat interval, since heartbeats are sent only while reading frames.
    func wait(for wakeup: Wakeup, atMost limit: Duration? = nil) {
        let quarter = Duration.milliseconds(heartbeat * 250)
        let limit = min(limit ?? quarter, quarter)
        Self.poll(descriptor, wakeup, limit)
    }

    /// `descriptor` -1: waits only for the wakeup, which is then drained.
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
