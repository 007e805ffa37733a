internal import Documents

/// What no record may be, whatever its definition says: too large, too deep, with names that the store reserves or
/// repeats.
enum ItemShape {
    /// The faults of one item; the usual item costs a look at each of its names.
    static func faults(of item: JSONNode, index: Int, catalog: CatalogMessage, limits: Limits) -> [Reason] {
        let pointer = JSONPointer(["items", String(index)])
        guard item.isObject else {
            return [
                Reason(
                    item: index, code: .schema, pointer: pointer, keyword: "type", expected: "an object",
                    found: Reason.describe(item),
                    text: "\(pointer): expected an object with the fields of an item, found \(Reason.describe(item))")
            ]
        }
        if catalog.document.byteCount > limits.itemBytes {
            let size = item.rawText.count
            if size > limits.itemBytes {
                return [
                    Reason(
                        item: index, code: .tooLarge, pointer: pointer, expected: "at most \(limits.itemBytes) bytes",
                        found: "\(size) bytes",
                        text: "\(pointer): the item has \(size) bytes, a record may have \(limits.itemBytes); shorten"
                            + " its fields")
                ]
            }
        }
        if item.height > limits.itemDepth {
            return [
                Reason(
                    item: index, code: .tooDeep, pointer: pointer, expected: "at most \(limits.itemDepth) levels",
                    found: "\(item.height) levels",
                    text: "\(pointer): objects and arrays inside one another \(item.height) levels deep, the limit is"
                        + " \(limits.itemDepth); send flatter data")
            ]
        }
        if catalog.document.hasDuplicateNames, let fault = duplicate(in: item, at: pointer, index: index) {
            return [fault]
        }
        var reasons: [Reason] = []
        for member in item.members {
            if let why = reserved(member.name.utf8, isTopLevel: true) {
                reasons.append(.reserved(member.name, at: pointer, why: why, index: index))
            }
            if member.value.height > 0 {
                nested(member.value, at: pointer.appending(member.name.string ?? ""), index: index, into: &reasons)
            }
        }
        return reasons
    }

    private static func duplicate(in node: JSONNode, at pointer: JSONPointer, index: Int) -> Reason? {
        if node.hasDuplicateNames { return .duplicate(in: node, at: pointer, item: index) }
        for (position, element) in node.elements.enumerated() where element.height > 0 {
            if let fault = duplicate(in: element, at: pointer.appending(position), index: index) { return fault }
        }
        for member in node.members where member.value.height > 0 {
            let place = pointer.appending(member.name.string ?? "")
            if let fault = duplicate(in: member.value, at: place, index: index) { return fault }
        }
        return nil
    }

    private static func nested(_ node: JSONNode, at pointer: JSONPointer, index: Int, into reasons: inout [Reason]) {
        for (position, element) in node.elements.enumerated() where element.height > 0 {
            nested(element, at: pointer.appending(position), index: index, into: &reasons)
        }
        for member in node.members {
            if let why = reserved(member.name.utf8, isTopLevel: false) {
                reasons.append(.reserved(member.name, at: pointer, why: why, index: index))
            }
            if member.value.height > 0 {
                nested(member.value, at: pointer.appending(member.name.string ?? ""), index: index, into: &reasons)
            }
        }
    }

    /// Why the store or the gateway keeps this name for itself; nil where it does not.
    private static func reserved(_ name: UnsafeBufferPointer<UInt8>, isTopLevel: Bool) -> String? {
        guard let first = name.first else { return "is empty" }
        if first == UInt8(ascii: "$") { return "begins with '$'" }
        for byte in name where byte == UInt8(ascii: ".") || byte == 0 {
            return byte == 0 ? "contains the character NUL" : "contains '.'"
        }
        guard isTopLevel else { return nil }
        if name.elementsEqual("_id".utf8) { return "is the record's own key, which the gateway sets" }
        if name.elementsEqual("companyId".utf8) { return "is set from the message's companyId" }
        return nil
    }
}

extension Reason {
    fileprivate static func reserved(_ name: JSONNode, at pointer: JSONPointer, why: String, index: Int) -> Reason {
        let place = pointer.appending(name.string ?? "")
        return Reason(
            item: index, code: .reservedField, pointer: place, expected: "another name",
            found: "\"\((name.string ?? "").prefix(60))\"",
            text: "\(place): the name \(why); rename or leave out the field")
    }
}
