internal import Foundation
internal import Synchronization

/// A child process that runs jq programs: the gateway's executable as `gateway jq-worker` (``JQHost``), connected by a
/// socket. One thread at a time.
///
/// `@unchecked Sendable`: the pool hands it to one thread until that returns it.
final class JQWorker: @unchecked Sendable {
    /// How a worker ended.
    enum End {
        case time, memory, stack
        case other(String)
    }

    enum Result {
        case answer(Swift.Result<[UInt8]?, JQError>)
        case ended(End)
    }

    /// Programs a worker keeps; it is then replaced, to bound its memory.
    private static let mostPrograms = 64

    private let process: pid_t
    private let socket: Int32
    private var known: Set<UInt32> = []
    private var isWaitedFor = false

    init() throws(JQError) {
        var sockets: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &sockets) == 0 else {
            throw Self.cannotStart(errno)
        }
        defer { close(sockets[1]) }
        let started = Self.spawn(socket: sockets[1])
        guard case .success(let process) = started else {
            close(sockets[0])
            if case .failure(let error) = started { throw error }
            throw Self.cannotStart(0)
        }
        self.process = process
        socket = sockets[0]
    }

    deinit {
        close(socket)
        if !isWaitedFor { _ = Self.wait(for: process) }
    }

    /// Whether it should be replaced.
    var isUsedUp: Bool { known.count >= Self.mostPrograms }

    /// Sends a program, unless the worker has it, and a value; without a value it only compiles.
    func run(_ text: JQText, _ json: UnsafeBufferPointer<UInt8>?) -> Result {
        let isNew = known.insert(text.number).inserted
        var frame: [UInt8] = []
        let program = isNew ? Array(text.text.utf8) : []
        JQFrame.append(text.number, to: &frame)
        JQFrame.append(UInt32(clamping: program.count), to: &frame)
        JQFrame.append(json.map { UInt32(clamping: $0.count) } ?? .max, to: &frame)
        frame.append(contentsOf: program)
        if let json { frame.append(contentsOf: json) }
        guard JQFrame.write(frame, to: socket), let head = JQFrame.read(5, from: socket),
            let kind = JQFrame.Answer(rawValue: head[0]),
            let body = JQFrame.read(Int(JQFrame.number(head[1...])), from: socket)
        else { return .ended(end()) }
        return .answer(answer(kind, body, number: text.number))
    }

    private func answer(_ kind: JQFrame.Answer, _ body: [UInt8], number: UInt32) -> Swift.Result<[UInt8]?, JQError> {
        let text = String(decoding: body, as: UTF8.self)
        switch kind {
        case .value: return .success(body)
        case .nothing: return .success(nil)
        case .syntax:
            known.remove(number)
            return .failure(JQError(.syntax, text))
        case .failed: return .failure(JQError(.failed, text))
        case .unbounded: return .failure(JQError(.unbounded, text))
        }
    }

    private func end() -> End {
        isWaitedFor = true
        kill(process, SIGKILL)
        let status = Self.wait(for: process)
        let signal = status & 0x7F
        if signal == 0 {
            let code = (status >> 8) & 0xFF
            return code == JQHost.outOfMemory ? .memory : .other("exit code \(code)")
        }
        return switch signal {
        case SIGPROF: .time
        case SIGSEGV, SIGBUS: .stack
        case SIGABRT: .memory
        default: .other("signal \(signal)")
        }
    }

    private static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }

    private static func cannotStart(_ number: Int32) -> JQError {
        JQError(
            .failed,
            "no process can be started for jq programs (\(String(cString: strerror(number)))); allow more processes, or free"
                + " memory")
    }

    private static func spawn(socket: Int32) -> Swift.Result<pid_t, JQError> {
        guard let executable = JQHost.executable else {
            return .failure(
                JQError(.failed, "the executable 'gateway', which runs jq programs, is not beside this one"))
        }
        var files = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&files)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&files)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&files, socket, 0)
        posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0)
        // A process group of its own: Ctrl-C ends the gateway, which drains first.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        // libjq loads ~/.jq before every program, and its definitions override built-ins: this HOME has none. Programs
        // get no other environment.
        let environment = [strdup("HOME=/dev/null"), nil]
        let arguments = [strdup("gateway"), strdup(JQHost.verb), nil]
        defer { for text in environment + arguments { free(text) } }
        var process: pid_t = 0
        let result = posix_spawn(&process, executable, &files, &attributes, arguments, environment)
        return result == 0 ? .success(process) : .failure(cannotStart(result))
    }
}
