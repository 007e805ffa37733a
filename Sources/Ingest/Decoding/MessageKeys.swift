internal import Contracts
internal import Crypto
internal import JSON
internal import Mappings

/// New keys for the records of one message.
///
/// A UUID is derived from the message, so that any gateway that maps it again makes the same. A message without a
/// message-id may be intended twice, so its UUIDs also depend on a seed of this delivery: after a redelivery they are others,
/// but the ledger knows the message by then.
final class MessageKeys: NewKeys {
    private let numbers: SequenceNumbers
    private let seed: @Sendable () -> UInt64
    private let identity: (_ messageId: ByteString?) -> MessageIdentity
    private var messageId: ByteString?
    private var message: [UInt8]?

    /// `identity`: that of the message, by the message-id in its body. `seed`: a number never given before.
    init(
        numbers: SequenceNumbers, seed: @escaping @Sendable () -> UInt64,
        identity: @escaping (_ messageId: ByteString?) -> MessageIdentity
    ) {
        self.numbers = numbers
        self.seed = seed
        self.identity = identity
    }

    func begin(messageId: ByteString?) {
        self.messageId = messageId
        message = nil
    }

    /// Whether numbers are missing.
    var isShort: Bool { numbers.isShort }

    func number(of sequence: NumberSequence) -> NewNumber { numbers.next(of: sequence) }

    func uuid(item: Int, field: String) -> String {
        let message = self.message ?? hash(identity(messageId))
        self.message = message
        var hash = SHA256()
        hash.update(data: message)
        withUnsafeBytes(of: Int64(item).littleEndian) { hash.update(bufferPointer: $0) }
        hash.update(data: Array(field.utf8))
        return Self.text(Array(hash.finalize().prefix(16)))
    }

    private func hash(_ identity: MessageIdentity) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: identity.ledgerID.bytes)
        // After its ledger row has expired, another message with the same id is a new message.
        hash.update(data: identity.bodyHash)
        if !identity.isFromSender { withUnsafeBytes(of: seed()) { hash.update(bufferPointer: $0) } }
        return Array(hash.finalize())
    }

    /// The text of a UUID of version 8 (RFC 9562): all but version and variant are of our own making.
    private static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            let byte =
                switch index {
                case 6: byte & 0x0F | 0x80
                case 8: byte & 0x3F | 0x80
                default: byte
                }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
