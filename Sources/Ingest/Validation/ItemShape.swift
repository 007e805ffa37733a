internal import Contracts
internal import JSON

/// Structural limits of records that hold for every definition: size, nesting, reserved and repeated names.
enum ItemShape {
    /// Whether ``faults(of:index:catalog:limits:)`` would be empty: the fast path.
    static func isSound(_ item: JSONNode, catalog: CatalogMessage, limits: Limits) -> Bool {
        guard item.isObject, !item.isUnread, item.height <= limits.itemDepth, !item.hasDuplicateNames,
            catalog.document.byteCount <= limits.itemBytes || item.rawText.count <= limits.itemBytes
        else { return false }
        for member in item.members {
            if reserved(member.name.utf8, isTopLevel: true) != nil { return false }
            if member.value.height > 0, !isSoundInside(member.value) { return false }
        }
        return true
    }

    private static func isSoundInside(_ node: JSONNode) -> Bool {
        if node.hasDuplicateNames { return false }
        for element in node.elements where element.height > 0 && !isSoundInside(element) { return false }
        for member in node.members {
            if reserved(member.name.utf8, isTopLevel: false) != nil { return false }
            if member.value.height > 0, !isSoundInside(member.value) { return false }
        }
        return true
    }

    /// The violations of one item.
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
        if catalog.document.byteCount > limits.itemBytes || item.isUnread {
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
        if item.isUnread {
            return [
                Reason(
                    item: index, code: .tooLarge, pointer: pointer,
                    expected: "a record of at most \(StoreBounds.documentBytes) bytes", found: "more",
                    text:
                        "\(pointer): as a record the item has more than \(StoreBounds.documentBytes) bytes, where each number"
                        + " takes 8 and each element of a list its index besides; split it, or send long lists as text")
            ]
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
                reasons.append(.reserved(member.name, at: pointer, why: why.rawValue, index: index))
            }
            if member.value.height > 0 {
                nested(
                    member.value, at: pointer.appending(member.name.shownName), index: index, limits, into: &reasons)
            }
            if reasons.count >= limits.reasonsPerItem { break }
        }
        return reasons
    }

    private static func duplicate(in node: JSONNode, at pointer: JSONPointer, index: Int) -> Reason? {
        if node.hasDuplicateNames { return .duplicate(in: node, at: pointer, item: index) }
        for (position, element) in node.elements.enumerated() where element.height > 0 {
            if let fault = duplicate(in: element, at: pointer.appending(position), index: index) { return fault }
        }
        for member in node.members where member.value.height > 0 {
            let place = pointer.appending(member.name.shownName)
            if let fault = duplicate(in: member.value, at: place, index: index) { return fault }
        }
        return nil
    }

    /// Stops at the maximum number of reasons.
    private static func nested(
        _ node: JSONNode, at pointer: JSONPointer, index: Int, _ limits: Limits, into reasons: inout [Reason]
    ) {
        for (position, element) in node.elements.enumerated() where element.height > 0 {
            nested(element, at: pointer.appending(position), index: index, limits, into: &reasons)
            if reasons.count >= limits.reasonsPerItem { return }
        }
        for member in node.members {
            if let why = reserved(member.name.utf8, isTopLevel: false) {
                reasons.append(.reserved(member.name, at: pointer, why: why.rawValue, index: index))
            }
            if member.value.height > 0 {
                let place = pointer.appending(member.name.shownName)
                nested(member.value, at: place, index: index, limits, into: &reasons)
            }
            if reasons.count >= limits.reasonsPerItem { return }
        }
    }

    private enum Reserved: String {
        case empty = "is empty"
        case dollar = "begins with '$'"
        case dot = "contains '.'"
        case nul = "contains the character NUL"
        case id = "is the record's own key, which the gateway sets"
        case companyId = "is set from the message's companyId"
    }

    /// Scans eight bytes at a time: called for every name of every item.
    @inline(__always)
    private static func hasDotOrNUL(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let raw = UnsafeRawBufferPointer(name)
        var at = 0
        while at + 8 <= raw.count {
            let word = raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            if hasZeroByte(word) || hasZeroByte(word ^ 0x2E2E_2E2E_2E2E_2E2E) { return true }
            at += 8
        }
        while at < raw.count {
            if raw[at] == 0 || raw[at] == UInt8(ascii: ".") { return true }
            at += 1
        }
        return false
    }

    /// Sean Eron Anderson, "Bit Twiddling Hacks": determine if a word has a zero byte.
    @inline(__always)
    private static func hasZeroByte(_ word: UInt64) -> Bool {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0
    }

    /// Why the name is reserved; nil if it is not.
    @inline(__always)
    private static func reserved(_ name: UnsafeBufferPointer<UInt8>, isTopLevel: Bool) -> Reserved? {
        guard let first = name.first else { return .empty }
        if first == UInt8(ascii: "$") { return .dollar }
        if hasDotOrNUL(name) { return name.contains(0) ? .nul : .dot }
        guard isTopLevel else { return nil }
        if first == UInt8(ascii: "_"), name.elementsEqual("_id".utf8) { return .id }
        if first == UInt8(ascii: "c"), name.count == 9, name.elementsEqual("companyId".utf8) { return .companyId }
        return nil
    }
}

extension Reason {
    fileprivate static func reserved(_ name: JSONNode, at pointer: JSONPointer, why: String, index: Int) -> Reason {
        let place = pointer.appending(name.shownName)
        return Reason(
            item: index, code: .reservedField, pointer: place, expected: "another name",
            found: "\"\(name.shownName.prefix(60))\"",
            text: "\(place): the name \(why); rename or leave out the field")
    }
}

extension JSONNode {
    /// The name for a pointer, truncated: every reason of an item repeats it.
    fileprivate var shownName: String {
        let bytes = utf8
        return bytes.count <= 1024
            ? String(decoding: bytes, as: UTF8.self) : String(decoding: bytes.prefix(1024), as: UTF8.self) + "…"
    }
}
