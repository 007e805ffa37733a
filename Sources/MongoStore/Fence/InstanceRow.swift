internal import JSON
internal import BSON

/// A row of `gateway.instances`.
struct InstanceRow {
    var id: ByteString
    var host = ""
    var pid: Int32 = 0
    var startTicks: Int64 = 0
    var space = ""
    var beatAt: Int64?
    var isStale = false
    /// Session ids as the server names them: `{id: UUID}`.
    var sessions: [[UInt8]] = []

    /// Nil if the row has no valid id.
    init?(_ document: UnsafeRawBufferPointer) {
        guard let id = BSONElements(document).first(named: "_id")?.byteString else { return nil }
        self.id = id
        for field in BSONElements(document) {
            if field.isNamed("host") {
                host = field.text ?? ""
            } else if field.isNamed("pid") {
                pid = field.integer.flatMap { Int32(exactly: $0) } ?? 0
            } else if field.isNamed("startTicks") {
                startTicks = field.integer ?? 0
            } else if field.isNamed("space") {
                space = field.text ?? ""
            } else if field.isNamed("beatAt") {
                beatAt = field.date
            } else if field.isNamed("isStale") {
                isStale = field.bool ?? false
            } else if field.isNamed("sessions"), let sessions = field.elements {
                self.sessions = sessions.filter { $0.type == .document }.map { Array($0.value) }
            }
        }
    }
}
