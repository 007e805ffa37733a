/// Waits until `work` is done, but no longer than `limit`; says whether it was. What is not done goes on by itself, which
/// is why both run in tasks of their own: a call into C that hangs cannot be cancelled, only left behind.
func finished(within limit: Duration, _ work: @escaping @Sendable () async -> Void) async -> Bool {
    let (results, continuation) = AsyncStream.makeStream(of: Bool.self)
    Task {
        await work()
        continuation.yield(true)
    }
    let alarm = Task {
        try? await Task.sleep(for: limit)
        continuation.yield(false)
    }
    defer { alarm.cancel() }
    for await isDone in results { return isDone }
    return false
}
