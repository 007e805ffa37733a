@testable import Output
import Testing

@Suite struct TerminalTests {
    @Test(
        "what a terminal would act on is shown and not done",
        arguments: [
            ("plain é 😀", "plain é 😀"), ("\u{1B}[2J", "␛[2J"), ("a\r\nb\tc", "a␍␊b␉c"), ("\0\u{7F}", "␀␡"),
            ("\u{9B}31m", "\u{FFFD}31m"), ("\u{202E}txt", "\u{FFFD}txt"),
        ])
    func visible(text: String, shown: String) {
        #expect(Terminal.visible(text).utf8.elementsEqual(shown.utf8))
    }

    @Test func `lines and tabs stay where there may be several`() {
        #expect(Terminal.visible("a\n\tb\u{1B}", isOneLine: false) == "a\n\tb␛")
    }
}
