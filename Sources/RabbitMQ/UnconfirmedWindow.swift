/// Tracks unconfirmed publications of a channel and resolves them by confirms, in any order. No I/O.
///
/// Publications are numbered from 1, like the broker's delivery tags.
struct UnconfirmedWindow<Ticket> {
    struct Returned: Equatable {
        let code: Int
        let reason: String
    }

    private struct Entry {
        let ticket: Ticket
        let bytes: Int
        var returned: Returned?
    }

    /// Entries from ``first`` on; nil: resolved. The front is never nil.
    private var entries: [Entry?] = []
    private var head = 0
    private var first: UInt64 = 1

    private(set) var count = 0
    private(set) var bytes = 0

    mutating func publish(_ ticket: Ticket, bytes: Int) {
        entries.append(Entry(ticket: ticket, bytes: bytes))
        count += 1
        self.bytes += bytes
    }

    /// Handles `basic.ack` or `basic.nack`: passes each ticket that it resolves to `settle`, oldest first, with an
    /// earlier `basic.return` of it. False if the number was never published, which is a protocol violation.
    mutating func confirm(
        _ number: UInt64, isMultiple: Bool, settle: (Ticket, Returned?) -> Void
    ) -> Bool {
        let end = first + UInt64(entries.count - head)
        guard number < end else { return false }
        // Numbers resolved earlier are ignored; `multiple` with 0 means all.
        if isMultiple {
            let last = number == 0 ? end : number + 1
            while first < last { settleEntry(at: head, settle) }
        } else if number >= first {
            settleEntry(at: head + Int(number - first), settle)
        }
        return true
    }

    /// Handles `basic.return`, which carries no number and precedes the confirm: it belongs to the oldest unconfirmed
    /// entry that matches and was not yet returned. False if there is none.
    mutating func markReturned(_ returned: Returned, where isMatch: (Ticket) -> Bool) -> Bool {
        for index in head..<entries.count {
            guard let entry = entries[index], entry.returned == nil, isMatch(entry.ticket) else { continue }
            entries[index]?.returned = returned
            return true
        }
        return false
    }

    /// The channel is gone: returns all unconfirmed tickets, oldest first, and starts again from 1.
    mutating func abandon() -> [(ticket: Ticket, returned: Returned?)] {
        defer { self = UnconfirmedWindow() }
        return entries[head...].compactMap { entry in entry.map { ($0.ticket, $0.returned) } }
    }

    /// Removes resolved entries from the front.
    private mutating func settleEntry(at index: Int, _ settle: (Ticket, Returned?) -> Void) {
        if let entry = entries[index] {
            entries[index] = nil
            count -= 1
            bytes -= entry.bytes
            settle(entry.ticket, entry.returned)
        }
        while head < entries.count, entries[head] == nil {
            head += 1
            first += 1
        }
        if head == entries.count {
            entries.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 4096 {
            entries.removeFirst(head)
            head = 0
        }
    }
}
