internal import BSON
internal import Contracts
internal import JSON
internal import Mappings

/// Why a plan rejects an item, or a whole message.
extension Reason {
    static func messageIdReuse(_ message: Message) -> Reason {
        let id = (message.delivery.properties.messageId?.asText.description ?? "").prefix(80)
        guard message.delivery.request == nil else {
            return Reason(
                code: .messageIdReuse, expected: "a new Idempotency-Key", found: "\"\(id)\"",
                text: "Idempotency-Key '\(id)' was used before for another request; send this one under a key of its"
                    + " own")
        }
        return Reason(
            code: .messageIdReuse, expected: "a new message-id", found: "\"\(id)\"",
            text: "message-id '\(id)' was used before for another message; send this one under an id of its own")
    }

    static func missingReference(_ reference: FieldReference, id: ByteString, item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item), reference.field])
        let key = reference.isSecret ? Reason.secret : id.description.cut(toBytes: 300)
        return Reason(
            item: item, code: .schema, pointer: pointer, keyword: "x-ref",
            expected: "the key of a record of \(reference.catalog)", found: "no record '\(key)'",
            text:
                "\(pointer): there is no record '\(key)' in \(reference.catalog)\(reference.collection == nil ? ", which is not defined" : ""); send it first, or correct the field"
        )
    }

    static func incomparable(_ field: ByteString?, item: Int) -> Reason {
        let name = field?.description ?? ""
        let pointer = JSONPointer(["items", String(item), name])
        return Reason(
            item: item, code: .schema, pointer: pointer, keyword: "versionField",
            expected: "a version that can be compared with the record's", found: "one of another kind",
            text:
                "\(pointer): this version cannot be compared with the record's; two numbers, two dates, two texts of digits"
                + " and two texts of the same length can; send '\(name.prefix(60))' always in one"
                + " form, or correct the record's")
    }

    static func growsTooLarge(id: ByteString, item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item)])
        let key = id.description.cut(toBytes: 300)
        return Reason(
            item: item, code: .tooLarge, pointer: pointer,
            expected: "a record of at most \(StoreBounds.documentBytes) bytes", found: "more",
            text:
                "\(pointer): with these fields record '\(key)' would have more than \(StoreBounds.documentBytes) bytes as"
                + " BSON; split it, or set fields that it does not need to null")
    }

    /// A record of an immutable catalog would be changed or deleted.
    static func neverChanges(_ catalog: String, id: ByteString, item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item)])
        let key = id.description.cut(toBytes: 300)
        return Reason(
            item: item, code: .alreadyExists, pointer: pointer, keyword: "x-immutable",
            expected: "no record '\(key)', or one that stays as it is", found: "one that would change",
            text: "\(pointer): record '\(key)' exists, and records of \(catalog) never change (x-immutable); send what"
                + " is new under a key of its own")
    }

    /// `isFurther`: of a record that the sender knows nothing of.
    static func conflict(_ operation: Operation, id: ByteString, item: Int, isFurther: Bool = false) -> Reason {
        let pointer = JSONPointer(["items", String(item)])
        let key = id.description.cut(toBytes: 300)
        let mending = "correct the item, or the operation of this target"
        if operation == .insert {
            return Reason(
                item: item, code: .alreadyExists, pointer: pointer, expected: "no record '\(key)'",
                found: "a different one",
                text:
                    "\(pointer): record '\(key)' exists and differs; \(isFurther ? mending : "send U or IU to change it")"
            )
        }
        return Reason(
            item: item, code: .notFound, pointer: pointer, expected: "a record '\(key)'", found: "none",
            text:
                "\(pointer): there is no record '\(key)' to update; \(isFurther ? mending : "send I or IU to create it")"
        )
    }
}

extension Reason {
    /// The mapping's condition on the stored record does not hold.
    static func guardFailed(item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item)])
        return Reason(
            item: item, code: .guard, pointer: pointer, keyword: "if",
            expected: "a record that the mapping's 'if' allows to change", found: "another",
            text:
                "\(pointer): expected a record that the mapping's 'if' allows to change, found another; read the record,"
                + " and send what fits it")
    }

    static func preconditionFailed(item: Int, isPresent: Bool) -> Reason {
        let pointer = JSONPointer(["items", String(item)])
        let (expected, found) = ("the record that If-Match or If-None-Match asks for", isPresent ? "another" : "none")
        return Reason(
            item: item, code: .preconditionFailed, pointer: pointer, expected: expected, found: found,
            text: "\(pointer): expected \(expected), found \(found); read the record, and send what fits it")
    }

    static func preconditionOfMany(item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item)])
        let (expected, found) = ("a request with one item", "a list of items")
        return Reason(
            item: item, code: .preconditionFailed, pointer: pointer, expected: expected, found: found,
            text:
                "\(pointer): expected \(expected), found \(found); If-Match and If-None-Match speak of one record: leave"
                + " them out")
    }

    static func unaskable(_ fault: Fault, item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item)])
        return Reason(
            item: item, code: .mappingFailed, pointer: pointer, keyword: "if", expected: fault.expected,
            found: fault.found,
            text: "\(pointer): '\(fault.step)' of the condition (if): expected \(fault.expected), found \(fault.found);"
                + " \(fault.remedy)")
    }

    /// The stored record has a value that JSON cannot say, so nothing can be made of it.
    static func unreadable(_ fault: BSONText.Unrenderable, item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item)])
        return Reason(
            item: item, code: .mappingFailed, pointer: pointer, keyword: "~", expected: "a record that JSON can say",
            found: fault.what,
            text:
                "\(pointer): the stored record has \(fault.what) at \(fault.pointer), which cannot be written as JSON;"
                + " correct the record")
    }
}
