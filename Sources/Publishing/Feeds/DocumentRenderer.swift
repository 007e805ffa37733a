internal import BSON
package import Contracts
package import JSON
package import Mappings

/// Renders documents by a mapping. One thread at a time.
package final class DocumentRenderer: FeedRenderer {
    private let shape: DocumentShape
    /// The gateway as a document, for feeds that publish it too; else nil.
    private let console: ((_ now: Int64) -> (id: ByteString, document: [UInt8]))?
    private let mapper: DocumentMapper

    /// `console`: builds that document as BSON, at a time in milliseconds since 1970. `trail`: records the branches
    /// taken.
    package init(
        _ shape: DocumentShape, console: ((_ now: Int64) -> (id: ByteString, document: [UInt8]))? = nil,
        trail: Trail? = nil
    ) {
        self.shape = shape
        mapper = DocumentMapper(trail: trail)
        self.console = console
    }

    package func render(_ document: UnsafeRawBufferPointer, now: Int64) -> FeedRendering {
        do throws(BSONText.Unrenderable) {
            let text = try BSONText.published(document: document)
            switch mapper.map(text, with: shape, now: now) {
            case .body(let body): return .body(body)
            case .skipped: return .skipped
            case .failed(let field, let fault):
                return .failed(
                    "field '\(field)': '\(fault.step)' expected \(fault.expected), found \(fault.found); \(fault.remedy)"
                )
            }
        } catch {
            return .failed(
                "\(error.pointer.isEmpty ? "the document" : error.pointer): \(error.what) cannot be written as JSON; fix"
                    + " the document")
        }
    }

    package func own(now: Int64) -> [(id: ByteString, body: [UInt8])] {
        guard let (id, document) = console?(now),
            case .body(let body) = document.withUnsafeBytes({ render($0, now: now) })
        else { return [] }
        return [(id, body)]
    }
}
