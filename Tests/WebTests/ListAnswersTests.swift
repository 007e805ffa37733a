import Contracts
import Testing

@testable import Web

/// What is kept of lists.
@Suite struct ListAnswersTests {
    private func answer(_ bytes: Int) -> ListAnswers.Answer {
        .init(
            answer: RequestAnswer(status: 200, body: Array(repeating: 1, count: bytes)),
            tag: RequestField(name: "etag", value: "\(bytes)"))
    }

    @Test func `an answer is that of the same address and the same records`() {
        var kept = ListAnswers()
        kept.keep(answer(1), to: "/a?x=1", with: [1, 2])
        #expect(kept.answer(to: "/a?x=1", with: [1, 2])?.tag.value == "1")
        #expect(kept.answer(to: "/a?x=2", with: [1, 2]) == nil)
        #expect(kept.answer(to: "/a?x=1", with: [1, 3]) == nil)
        kept.keep(answer(2), to: "/a?x=1", with: [1, 3])
        #expect(kept.answer(to: "/a?x=1", with: [1, 3])?.tag.value == "2")
        #expect(kept.answer(to: "/a?x=1", with: [1, 2]) == nil)
    }

    @Test func `what is kept is bounded, however many lists there are`() {
        var kept = ListAnswers()
        let (size, most) = (ListAnswers.mostBytes / 10, ListAnswers.mostBytes)
        var largest = 0
        for number in 0..<100 {
            // The same address again takes the place of what was kept.
            for _ in 0..<3 { kept.keep(answer(size - 1), to: "/\(number)", with: [UInt8(number)]) }
            #expect(kept.answer(to: "/\(number)", with: [UInt8(number)]) != nil)
            let count = (0...number).count { kept.answer(to: "/\($0)", with: [UInt8($0)]) != nil }
            #expect(count * size <= most)
            largest = max(largest, count)
        }
        #expect(largest == 10)
        kept.keep(answer(most), to: "/large", with: [1])
        #expect(kept.answer(to: "/large", with: [1]) == nil)
        #expect(kept.answer(to: "/99", with: [99]) != nil)
    }
}
