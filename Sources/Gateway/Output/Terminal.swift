internal import Glibc

/// Lines for people and programs: results on standard output, all else on standard error.
enum Terminal {
    static func line(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
    static func error(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Without a line's end: for progress that is written over.
    static func progress(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Text from outside, with what a terminal would act on made visible: control characters as their pictures, and
    /// those that turn the direction of writing. `isOneLine`: line ends and tabs, too.
    static func visible(_ text: String, isOneLine: Bool = true) -> String {
        var visible = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A: visible.append(isOneLine ? picture(scalar) : scalar)
            case 0..<0x20, 0x7F: visible.append(picture(scalar))
            case 0x80..<0xA0, 0x202A...0x202E, 0x2066...0x2069: visible.append("\u{FFFD}")
            default: visible.append(scalar)
            }
        }
        return String(visible)
    }

    private static func picture(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        Unicode.Scalar(scalar.value == 0x7F ? 0x2421 : 0x2400 + scalar.value) ?? "\u{FFFD}"
    }

    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }
}
