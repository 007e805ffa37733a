package import Ingest
package import Settings

extension Settings {
    /// The bounds of messages and batches that the settings name.
    package var limits: Limits {
        var limits = Limits()
        limits.batchItems = self[.limitsBatchItems]
        limits.messageBytes = self[.limitsMessageBytes]
        return limits
    }
}
