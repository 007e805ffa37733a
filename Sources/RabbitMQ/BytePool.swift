internal import CRabbitMQ

/// Memory for the arguments of a librabbitmq call; freed all at once.
struct BytePool: ~Copyable {
    private let pool: UnsafeMutablePointer<amqp_pool_t>

    init() {
        pool = .allocate(capacity: 1)
        init_amqp_pool(pool, 4096)
    }

    deinit {
        empty_amqp_pool(pool)
        pool.deallocate()
    }

    /// Frees all allocations.
    func recycle() { recycle_amqp_pool(pool) }

    func copy(_ bytes: some Collection<UInt8>) -> amqp_bytes_t {
        guard !bytes.isEmpty else { return amqp_bytes_t(len: 0, bytes: nil) }
        let memory = allocate(UInt8.self, bytes.count)
        _ = memory.initialize(from: bytes)
        return amqp_bytes_t(len: bytes.count, bytes: memory.baseAddress)
    }

    func copy(_ text: String) -> amqp_bytes_t { copy(text.utf8) }

    /// Allocates uninitialised memory for a trivial type. Traps when out of memory.
    func allocate<T>(_ type: T.Type, _ count: Int) -> UnsafeMutableBufferPointer<T> {
        guard count > 0 else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
        guard let memory = amqp_pool_alloc(pool, count * MemoryLayout<T>.stride) else { fatalError("out of memory") }
        return UnsafeMutableBufferPointer(start: memory.bindMemory(to: type, capacity: count), count: count)
    }
}
