internal import JSON

/// A bump allocator for the results of transforms of one item: freed all at once, never moved.
///
/// One thread at a time.
final class Scratch {
    private static let chunkBytes = 64 << 10

    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var current = 0
    private var used = 0
    private var documents: [JSONDocument] = []

    init() { chunks = [Self.chunk(of: Self.chunkBytes)] }

    deinit { for chunk in chunks { chunk.deallocate() } }

    /// Frees everything; earlier pointers become invalid.
    func reset() {
        if chunks.count > 16 {
            for chunk in chunks.dropFirst(16) { chunk.deallocate() }
            chunks.removeSubrange(16...)
        }
        current = 0
        used = 0
        if !documents.isEmpty { documents.removeAll() }
    }

    /// Keeps a document until the next ``reset()``: its nodes stay valid.
    func keep(_ document: JSONDocument) { documents.append(document) }

    /// Allocates a number of bytes.
    func bytes(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        raw(count, alignment: 1).assumingMemoryBound(to: UInt8.self)
    }

    /// Copies values; valid until the next ``reset()``.
    func list(_ values: [Value]) -> UnsafeBufferPointer<Value> {
        let memory = raw(values.count * MemoryLayout<Value>.stride, alignment: MemoryLayout<Value>.alignment)
            .bindMemory(to: Value.self, capacity: values.count)
        let list = UnsafeMutableBufferPointer(start: memory, count: values.count)
        _ = list.initialize(from: values)
        return UnsafeBufferPointer(list)
    }

    /// Copies bytes; valid until the next ``reset()``.
    func copy(_ bytes: some Collection<UInt8>) -> Bytes {
        let count = bytes.count
        let memory = UnsafeMutableBufferPointer(start: self.bytes(count), count: count)
        _ = memory.initialize(from: bytes)
        return Bytes(memory)
    }

    private func raw(_ count: Int, alignment: Int) -> UnsafeMutableRawPointer {
        while true {
            let chunk = chunks[current]
            let start = (used + alignment - 1) & ~(alignment - 1)
            if start + count <= chunk.count, let base = chunk.baseAddress {
                used = start + count
                return base + start
            }
            current += 1
            used = 0
            if current == chunks.count { chunks.append(Self.chunk(of: max(Self.chunkBytes, count + alignment))) }
        }
    }

    private static func chunk(of bytes: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 16)
    }
}
