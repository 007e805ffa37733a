import Testing

@testable import RabbitMQ

@Suite("The window of unconfirmed postings")
struct UnconfirmedWindowTests {
    private typealias Window = UnconfirmedWindow<Int>

    private static func window(_ count: Int) -> Window {
        var window = Window()
        for ticket in 1...count { window.publish(ticket, bytes: 10) }
        return window
    }

    private static func confirm(_ window: inout Window, _ number: UInt64, multiple: Bool = false) -> [Int]? {
        var settled: [Int] = []
        return window.confirm(number, isMultiple: multiple) { ticket, _ in settled.append(ticket) } ? settled : nil
    }

    @Test("settles one by one, in any order")
    func oneByOne() {
        var window = Self.window(4)
        #expect(Self.confirm(&window, 3) == [3])
        #expect(Self.confirm(&window, 1) == [1])
        #expect(window.count == 2)
        #expect(window.bytes == 20)
        #expect(Self.confirm(&window, 4) == [4])
        #expect(Self.confirm(&window, 2) == [2])
        #expect(window.count == 0)
        #expect(window.bytes == 0)
    }

    @Test("settles all up to a number, those settled before left out")
    func multiple() {
        var window = Self.window(6)
        #expect(Self.confirm(&window, 2) == [2])
        #expect(Self.confirm(&window, 4, multiple: true) == [1, 3, 4])
        #expect(Self.confirm(&window, 4, multiple: true) == [])
        #expect(Self.confirm(&window, 3) == [])
        #expect(Self.confirm(&window, 0, multiple: true) == [5, 6])
        #expect(Self.confirm(&window, 0, multiple: true) == [])
    }

    @Test("believes no number that was never published")
    func unknownNumbers() {
        var window = Self.window(2)
        #expect(Self.confirm(&window, 3) == nil)
        #expect(Self.confirm(&window, 3, multiple: true) == nil)
        #expect(Self.confirm(&window, .max, multiple: true) == nil)
        #expect(window.count == 2)
        var empty = Window()
        #expect(Self.confirm(&empty, 1) == nil)
        #expect(Self.confirm(&empty, 0) == [])
    }

    @Test("gives a return to the oldest match that has none, and says so at its confirm")
    func returns() {
        var window = Self.window(4)
        let gone = Window.Returned(code: 312, reason: "NO_ROUTE")
        func isEven(_ ticket: Int) -> Bool { ticket.isMultiple(of: 2) }
        let marks = (0..<3).map { _ in window.markReturned(gone, where: isEven) }
        #expect(marks == [true, true, false])
        var settled: [Int: Window.Returned?] = [:]
        let isKnown = window.confirm(4, isMultiple: true) { settled[$0] = .some($1) }
        #expect(isKnown)
        #expect(settled == [1: nil, 2: gone, 3: nil, 4: gone])
    }

    @Test("gives up what is left, oldest first, and counts from one again")
    func abandon() {
        var window = Self.window(4)
        #expect(Self.confirm(&window, 2) == [2])
        let isMarked = window.markReturned(.init(code: 312, reason: ""), where: { $0 == 3 })
        #expect(isMarked)
        let left = window.abandon()
        #expect(left.map(\.ticket) == [1, 3, 4])
        #expect(left.map { $0.returned != nil } == [false, true, false])
        window.publish(9, bytes: 1)
        #expect(Self.confirm(&window, 1) == [9])
    }

    @Test("agrees with a plain dictionary over long random runs")
    func againstModel() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            var window = Window()
            var model: [UInt64: Int] = [:]
            var last: UInt64 = 0
            for step in 0..<3000 {
                if Bool.random(using: &generator) || model.isEmpty {
                    last += 1
                    window.publish(step, bytes: 1)
                    model[last] = step
                } else {
                    let number = UInt64.random(in: 1...last, using: &generator)
                    let isMultiple = Int.random(in: 0..<50, using: &generator) == 0
                    let expected = model.keys.filter { isMultiple ? $0 <= number : $0 == number }.sorted()
                    #expect(Self.confirm(&window, number, multiple: isMultiple) == expected.compactMap { model[$0] })
                    for key in expected { model[key] = nil }
                }
                #expect(window.count == model.count)
            }
        }
    }
}
