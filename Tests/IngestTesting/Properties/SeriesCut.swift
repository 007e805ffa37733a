internal import Ingest
internal import JSON

/// Cuts a series of messages into batches: as a lane does, or anywhere.
struct SeriesCut {
    /// The first message that is not taken whole.
    private(set) var place: Int
    private var taken = 0
    /// Nil: anywhere.
    private var batcher: Batcher?

    /// Prepares what a long message goes on with.
    private let preparer: ItemPreparer

    /// From this message on. `parts`: how messages are cut into the parts that are prepared; nil where each is all there.
    init(
        place: Int = 0, of messages: [PreparedMessage], parts: Limits?, versionField: ByteString?,
        using random: inout Seeded
    ) {
        self.place = place
        var limits = parts ?? Limits()
        preparer = ItemPreparer(limits: limits, versionField: versionField)
        guard parts != nil || random.chance(0.5) else { return }
        if parts == nil { limits.batchItems = Int.random(in: 1...20, using: &random) }
        if random.chance(0.3) { limits.batchBytes = Int.random(in: 1...2_000, using: &random) }
        batcher = Batcher(limits: limits)
        for message in messages[place...] { batcher?.append(message) }
    }

    /// Nil when all is taken.
    mutating func next(of messages: [PreparedMessage], using random: inout Seeded) -> Batch? {
        guard batcher == nil else {
            while let missing = batcher?.missing { batcher?.supply(preparer.next(missing)) }
            let batch = batcher?.batch()
            place += batch?.segments.count { $0.isLast } ?? 0
            return batch
        }
        var segments: [Segment] = []
        repeat {
            guard place < messages.count else { break }
            let left = messages[place].items.count - taken
            let count = left == 0 || random.chance(0.5) ? left : Int.random(in: 1...left, using: &random)
            segments.append(Segment(message: messages[place], range: taken..<taken + count))
            taken += count
            if count < left { break }
            place += 1
            taken = 0
        } while random.chance(0.7)
        return segments.isEmpty ? nil : Batch(segments: segments)
    }
}
