@testable import Contracts
import Testing

@Suite struct InboxTests {
    private struct Requests: InboxContent, Equatable {
        var newest: Int?
        var all: [Int] = []
    }

    @Test func `what was put in is taken at once, in order, and only once`() {
        let inbox = Inbox<Requests>()
        for number in 0..<3 {
            inbox.put {
                $0.newest = number
                $0.all.append(number)
            }
        }
        #expect(inbox.take() == Requests(newest: 2, all: [0, 1, 2]))
        #expect(inbox.take() == Requests())
    }

    @Test func `whoever waits hears of all that comes from other tasks, however many come as one`() async {
        let inbox = Inbox<Requests>()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<100 { group.addTask { inbox.put { $0.all.append(number) } } }
            var taken: [Int] = []
            for await _ in inbox.news {
                taken += inbox.take().all
                if taken.count == 100 { break }
            }
            #expect(taken.sorted() == Array(0..<100))
        }
    }

    @Test func `news from before anybody listens waits`() async {
        let inbox = Inbox<Requests>()
        inbox.put { $0.newest = 1 }
        for await _ in inbox.news { break }
        #expect(inbox.take().newest == 1)
    }
}
