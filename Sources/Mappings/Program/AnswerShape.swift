package import JSON

/// The answers of a route's requests, by what came of them: an outcome, the code of a reason, or `rejected`. Compiled and
/// immutable.
package final class AnswerTable: Sendable {
    let shapes: [String: AnswerShape]
    /// Where a record that was inserted can be read; nil if no route reads it.
    private let location: RecordLocation?

    /// Whether the address of an inserted record is known.
    package var hasLocation: Bool { location != nil }

    init(_ shapes: [String: AnswerShape], location: RecordLocation? = nil) {
        self.shapes = shapes
        self.location = location
    }

    /// The same, with where records can be read.
    func reading(at location: RecordLocation) -> AnswerTable { AnswerTable(shapes, location: location) }

    /// Where the item's record can be read; nil if that is not known. `item`: as it is mapped.
    package func location(of item: JSONNode) -> String? { location?.address(of: item) }

    /// The usual ones.
    package static let usual = AnswerTable([:])

    /// Codes of reasons, by which a rejection can be answered.
    package static let reasonCodes = [
        "notJson", "notEnvelope", "tooLarge", "tooDeep", "companyNotAllowed", "unknownCatalog", "invalidOperation",
        "schema", "alreadyExists", "notFound", "guard", "reservedField", "duplicateField", "messageIdReuse",
        "storeRefused",
        "mappingFailed", "preconditionFailed",
    ]

    /// The key that speaks of all rejections that have no answer of their own.
    static let rejected = "rejected"

    /// Whether any answer looks at the stored record.
    package var usesStored: Bool { shapes.values.contains(where: \.usesStored) }

    /// What the mapping says of an outcome; nil where it says nothing.
    package func shape(of outcome: String) -> AnswerShape? { shapes[outcome] }

    /// What the mapping says of a rejection.
    package func shape(ofReason code: String) -> AnswerShape? { shapes[code] ?? shapes[Self.rejected] }
}

/// The address of one record, made of its fields.
struct RecordLocation: Sendable {
    enum Part: Sendable {
        case text(String)
        case field(String)
    }

    /// Segments of the path.
    let parts: [Part]

    fileprivate func address(of item: JSONNode) -> String? {
        var address = ""
        for part in parts {
            address += "/"
            switch part {
            case .text(let text): address += text
            case .field(let name):
                guard let value = item[name], value.isString || value.kind == .number else { return nil }
                address += PercentEncoding.encoded(value.string ?? String(decoding: value.utf8, as: UTF8.self))
            }
        }
        return address.isEmpty ? nil : address
    }
}

/// One answer of a mapping. What it does not say is as usual.
package final class AnswerShape: Sendable {
    enum Body: Sendable {
        case fields(any Expression)
        case text(any Expression)
        /// With the members of a value; nil: of the item.
        case page(Template, (any Expression)?)
        case none
    }

    package let status: Int?
    /// Whether it looks at the stored record.
    package let usesStored: Bool
    let headers: [(name: String, value: any Expression)]
    let body: Body?

    init(status: Int?, usesStored: Bool, headers: [(name: String, value: any Expression)], body: Body?) {
        self.status = status
        self.usesStored = usesStored
        self.headers = headers
        self.body = body
    }
}

/// Makes answers. Reuses its memory: one thread at a time.
package final class AnswerMaker {
    private let item = MappedItem()

    package init() {}

    /// The mapped parts of an answer.
    package struct Made {
        package var headers: [(name: String, value: String)] = []
        /// Nil: as usual.
        package var body: [UInt8]?
        /// Of the body.
        package var contentType: String?
    }

    /// `envelope`: a catalog message with only the item; an object without items where the item is not known. `stored`: its
    /// record as JSON; nil where there is none. Throws if a header or the body cannot be made.
    package func make(
        _ shape: AnswerShape, envelope: [UInt8], stored: [UInt8]?, facts: MessageFacts
    ) throws(Fault) -> Made {
        try item.with(envelope, facts: facts, stored: stored) { run throws(Fault) in try make(shape, run) }
    }

    private func make(_ shape: AnswerShape, _ run: Run) throws(Fault) -> Made {
        var made = Made()
        for (name, value) in shape.headers {
            guard let text = try text(value, name, run) else { continue }
            made.headers.append((name, name == "location" ? PercentEncoding.address(text) : text))
        }
        switch shape.body {
        case nil: break
        case .some(.none): made.body = []
        case .text(let value):
            made.body = Array((try text(value, "text", run, most: .max) ?? "").utf8)
            made.contentType = "text/plain; charset=utf-8"
        case .page(let template, let value):
            made.body = try template.page(of: (try value?.evaluate(run) ?? run.item).node(run))
            made.contentType = template.contentType
        case .fields(let value):
            made.body = try value.evaluate(run).textOrEmptyObject
            made.contentType = "application/json; charset=utf-8"
        }
        return made
    }

    private func text(_ value: any Expression, _ what: String, _ run: Run, most: Int = 4096) throws(Fault) -> String? {
        let found = try value.evaluate(run)
        if found.isAbsent { return nil }
        guard let text = found.text(run), text.count <= most else {
            throw Fault(
                what, expected: "a text of at most \(most) bytes", found: found,
                remedy: "name a shorter single value in the mapping")
        }
        let isClean = most == .max || text.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        guard isClean else {
            throw Fault(
                what, expected: "a text without line breaks and control characters", found: found,
                remedy: "name another value for the header")
        }
        return text.string
    }
}
