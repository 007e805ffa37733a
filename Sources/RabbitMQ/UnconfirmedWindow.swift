/// What was published on a channel and is not yet confirmed: which tickets a confirm settles, in whatever order confirms
/// come. Pure.
///
/// The broker numbers the publications of a channel from 1; so does this.
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

    /// Entries from ``first`` on; nil: settled. The front is never nil.
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

    /// `basic.ack` or `basic.nack`. Gives each ticket that it settles to `settle`, oldest first, with what a
    /// `basic.return` said of it before. False when the number was never published: the broker is not to be believed then.
    mutating func confirm(
        _ number: UInt64, isMultiple: Bool, settle: (Ticket, Returned?) -> Void
    ) -> Bool {
        let end = first + UInt64(entries.count - head)
        guard number < end else { return false }
        // Numbers settled already say nothing new; `multiple` with 0 means all.
        if isMultiple {
            let last = number == 0 ? end : number + 1
            while first < last { settleEntry(at: head, settle) }
        } else if number >= first {
            settleEntry(at: head + Int(number - first), settle)
        }
        return true
    }

    /// `basic.return` carries no number and comes before the confirm of the same message: it is for the oldest one
    /// unconfirmed that matches and was not yet returned. False when there is none.
    mutating func markReturned(_ returned: Returned, where isMatch: (Ticket) -> Bool) -> Bool {
        for index in head..<entries.count {
            guard let entry = entries[index], entry.returned == nil, isMatch(entry.ticket) else { continue }
            entries[index]?.returned = returned
            return true
        }
        return false
    }

    /// The channel is gone: all that nobody will ever confirm, oldest first. Empty afterwards, counting from 1.
    mutating func abandon() -> [(ticket: Ticket, returned: Returned?)] {
        defer { self = UnconfirmedWindow() }
        return entries[head...].compactMap { entry in entry.map { ($0.ticket, $0.returned) } }
    }

    /// Keeps the front unsettled, and the array short.
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
