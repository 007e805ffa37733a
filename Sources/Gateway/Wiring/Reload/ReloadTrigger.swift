/// Decides when everything is to be read again.
struct ReloadTrigger {
    enum Event {
        /// SIGHUP: whatever it is for, somebody wants it.
        case hangup(FileStamps)
        /// A look at the files, as often as the gateway does it.
        case look(FileStamps)
        /// The collection as it was just read: its documents' bytes.
        case collection([UInt8])
    }

    /// Of what was read last.
    private var loaded: FileStamps
    private var seen: FileStamps
    private var documents: [UInt8]?

    init(_ stamps: FileStamps) {
        loaded = stamps
        seen = stamps
    }

    /// True where everything must be read now.
    mutating func mustReload(after event: Event) -> Bool {
        switch event {
        case .hangup(let stamps):
            loaded = stamps
            seen = stamps
            return true
        case .look(let stamps):
            guard stamps != loaded else {
                seen = stamps
                return false
            }
            // A file that changes from one look to the next is still being written.
            defer { seen = stamps }
            guard stamps == seen else { return false }
            loaded = stamps
            return true
        case .collection(let bytes):
            defer { documents = bytes }
            return bytes != documents
        }
    }
}
