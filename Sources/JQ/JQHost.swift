internal import CJq
internal import Foundation
internal import Synchronization

/// The worker side of ``JQWorker``: the process `gateway jq-worker`, the only one that runs libjq.
///
/// The kernel enforces its limits: memory by RLIMIT_AS, CPU time per request by ITIMER_PROF, whose signal ends the
/// process. This also bounds whatever libjq and its regular expressions do internally.
package enum JQHost {
    static let verb = "jq-worker"
    /// Exit code.
    static let outOfMemory: Int32 = 12
    /// Compiling always includes jq's built-in definitions.
    private static let compileTime = Duration.seconds(10)

    private static let isThisExecutable = Atomic(false)

    /// Must be the first call in `main`: serves and never returns if this process is a worker. Otherwise registers this
    /// executable for starting workers.
    package static func serveIfAsked() {
        isThisExecutable.store(true, ordering: .relaxed)
        let arguments = CommandLine.arguments
        if arguments.count == 2, arguments[1] == verb { serve() }
    }

    /// The executable for workers: this one, or `gateway` beside it (in tests).
    static let executable: String? = {
        if isThisExecutable.load(ordering: .relaxed) { return "/proc/self/exe" }
        let bundles = CommandLine.arguments.filter { $0.hasSuffix(".xctest") }
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return (bundles + [own].compactMap { $0 }).map { ($0 as NSString).deletingLastPathComponent + "/gateway" }
            .first { access($0, X_OK) == 0 }
    }()

    private static func serve() -> Never {
        // Close inherited connections of the gateway.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let descriptor = Int32(name), descriptor > 2 { close(descriptor) }
        }
        // The gateway ends the worker by closing the socket: while draining it may still need it.
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] { Glibc.signal(signal, SIG_IGN) }
        for signal in [SIGSEGV, SIGBUS, SIGABRT, SIGPROF] { Glibc.signal(signal, SIG_DFL) }
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        let most = rlim_t(addressSpace + JQProgram.memoryLimit)
        var memory = rlimit(rlim_cur: most, rlim_max: most)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &memory)
        jv_nomem_handler({ _ in _exit(JQHost.outOfMemory) }, nil)

        var programs: [UInt32: JQState] = [:]
        while let head = JQFrame.read(12, from: 0) {
            let number = JQFrame.number(head[0...])
            let (textCount, valueCount) = (JQFrame.number(head[4...]), JQFrame.number(head[8...]))
            guard let text = JQFrame.read(Int(textCount), from: 0),
                let value = JQFrame.read(valueCount == .max ? 0 : Int(valueCount), from: 0)
            else { break }
            let answer = Self.answer(number, text, valueCount == .max ? nil : value, &programs)
            guard JQFrame.write(answer, to: 0) else { break }
        }
        _exit(0)
    }

    private static func answer(
        _ number: UInt32, _ text: [UInt8], _ value: [UInt8]?, _ programs: inout [UInt32: JQState]
    ) -> [UInt8] {
        do throws(JQError) {
            if !text.isEmpty {
                allow(compileTime)
                programs[number] = try JQState(String(decoding: text, as: UTF8.self))
            }
            guard let state = programs[number] else { throw JQError(.failed, "the jq program is not known") }
            var made: [UInt8]?
            if let value {
                allow(JQProgram.timeLimit)
                made = try state.evaluate(value)
            }
            allow(.zero)
            return frame(made == nil ? .nothing : .value, made ?? [])
        } catch {
            allow(.zero)
            let kind: JQFrame.Answer =
                switch error.code {
                case .syntax: .syntax
                case .unbounded: .unbounded
                case .failed, .forbidden: .failed
                }
            return frame(kind, Array(error.message.utf8))
        }
    }

    private static func frame(_ kind: JQFrame.Answer, _ body: [UInt8]) -> [UInt8] {
        var frame = [kind.rawValue]
        frame.reserveCapacity(body.count + 5)
        JQFrame.append(UInt32(clamping: body.count), to: &frame)
        frame.append(contentsOf: body)
        return frame
    }

    /// Sets the CPU time after which SIGPROF ends the process; zero: unlimited.
    private static func allow(_ time: Duration) {
        var timer = itimerval()
        let (seconds, attoseconds) = time.components
        timer.it_value = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
    }

    /// Bytes of address space currently mapped.
    private static var addressSpace: Int {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").first
        return (pages.flatMap { Int($0) } ?? 1 << 18) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
