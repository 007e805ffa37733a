internal import JSON

/// The texts that clients of sockets get.
package enum PushText {
    /// Something may be missing before the next push.
    package static let gap = Array(#"{"type":"gap"}"#.utf8)
    /// Why a client cannot go on at the place that it names.
    package static let unknownPlace = "after: expected the 'id' of a message, or an empty text to begin"

    /// `detail`: why a message subscribes to nothing, with the remedy.
    package static func error(_ detail: String) -> [UInt8] {
        var out = Array(#"{"type":"error","detail":"#.utf8)
        JSONText.append(string: detail, to: &out)
        out.append(UInt8(ascii: "}"))
        return out
    }

    /// An object with a member that says where the client goes on after it. `place`: nil for a client that does not come back.
    package static func text(_ object: [UInt8], at place: PushPlace?) -> [UInt8] {
        guard let place, object.first == UInt8(ascii: "{"), object.count >= 2 else { return object }
        let isEmpty = object.dropFirst().first { $0 > 0x20 } == UInt8(ascii: "}")
        return Array(#"{"id":"\#(place.text)"\#(isEmpty ? "" : ",")"#.utf8) + object.dropFirst()
    }
}
