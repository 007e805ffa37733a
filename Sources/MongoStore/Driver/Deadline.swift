/// Waits for `work`, for at most `limit`; returns whether it finished. Unfinished work continues in its own task: a
/// hanging C call cannot be cancelled, only abandoned.
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
