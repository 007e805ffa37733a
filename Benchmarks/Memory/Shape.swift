import Foundation

/// A message shape: generates a message of a given size.
struct Shape: Sendable {
    let name: String
    /// Millions of bytes that it is measured with.
    let megabytes: Double
    /// The mapping of its route, if it is not a catalog message.
    var mapping: String?
    let write: @Sendable (inout Text, Int) -> Void

    init(
        _ name: String, _ megabytes: Double, mapping: String? = nil,
        write: @escaping @Sendable (inout Text, Int) -> Void
    ) {
        self.name = name
        self.megabytes = megabytes
        self.mapping = mapping
        self.write = write
    }

    /// A message of this shape. All of its memory is asked for at once, so that what is measured is not the writing.
    func body(of bytes: Int) -> [UInt8] {
        var text = Text(capacity: bytes + 4096)
        write(&text, bytes)
        return text.bytes
    }
}

/// Bytes as they are written.
struct Text {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    var count: Int { bytes.count }

    mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func add(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    /// Appends elements, separated by commas, up to a size of `end` bytes.
    mutating func fill(to end: Int, with element: String) {
        let element = Array(element.utf8)
        bytes.append(contentsOf: element)
        while bytes.count + element.count + 1 < end {
            bytes.append(UInt8(ascii: ","))
            bytes.append(contentsOf: element)
        }
    }

    mutating func fill(to end: Int, with element: (Int) -> String) {
        var number = 0
        repeat {
            if number > 0 { bytes.append(UInt8(ascii: ",")) }
            add(element(number))
            number += 1
        } while bytes.count < end
    }

    /// The envelope of a catalog message and, between, its items.
    mutating func catalog(_ name: String = "catalogItem", company: String = "c", items: (inout Text) -> Void) {
        add(#"{"companyId":"\#(company)","catalog":"\#(name)","items":["#)
        items(&self)
        add("]}")
    }

    /// One item whose list of tags is filled.
    mutating func oneItem(_ inside: (inout Text) -> Void) {
        catalog { text in
            text.add(#"{"operation":"I","code":"a","name":"n","attributes":{"list":["#)
            inside(&text)
            text.add("]}}")
        }
    }
}
