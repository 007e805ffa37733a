import Ingest

extension Limits {
    /// Messages are parsed and prepared at once, whatever their size: what is timed is the engine on all items.
    static var whole: Limits {
        var limits = Limits()
        limits.wholeBytes = .max
        limits.wholeMappedBytes = .max
        return limits
    }
}
