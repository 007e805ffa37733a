internal import BSON
internal import CMongoC
internal import Contracts
internal import JSON
internal import ThreadExecutors

/// An open cursor. Confined to its connection's thread; must be freed before the connection is closed.
final class OpenCursor {
    private let handle: CursorHandle
    private let collection: String

    init(takingOwnershipOf pointer: OpaquePointer, collection: String) {
        handle = CursorHandle(takingOwnershipOf: pointer)
        self.collection = collection
    }

    /// False at the end.
    func next(into documents: inout BSONSequence) throws(MongoFailure) -> Bool {
        var document: OpaquePointer?
        if mongoc_cursor_next(handle.pointer, &document), let document {
            documents.append(copying: document.documentBytes)
            return true
        }
        var error = bson_error_t()
        guard mongoc_cursor_error_document(handle.pointer, &error, &document) else { return false }
        throw MongoFailure(step: .read(collection: collection), reply: document?.documentBytes, error: error)
    }
}
