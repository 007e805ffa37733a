internal import CFuzzer

/// Whatever bytes come from a queue, or as a schema and an instance: no crash, and answers that agree with one another.
/// Built and run by scripts/fuzz.
@main
enum FuzzItems {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        _ = LLVMFuzzerRunDriver(&count, &arguments) { data, size in
            Attempt.run(UnsafeRawBufferPointer(start: data, count: size))
            return 0
        }
    }
}
