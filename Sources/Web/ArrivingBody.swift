internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// Takes in the body of a request. What has come already is taken at once.
final class ArrivingBody: Sendable {
    private let task: Task<Result<ByteBuffer, Refused>, Never>
    private let done: Done

    private final class Done: Sendable {
        let value = Atomic(false)
    }

    /// `most`: bytes of the largest body.
    init(of request: Request, most: Int) {
        let done = Done()
        self.done = done
        task = Task.immediate {
            defer { done.value.store(true, ordering: .releasing) }
            do {
                return .success(try await request.body.collect(upTo: most))
            } catch is NIOTooManyBytesError {
                return .failure(Refused(413, "the body has more than \(most) bytes"))
            } catch {
                return .failure(Refused(400, "the body ended before it was whole"))
            }
        }
    }

    /// Whether ``result`` is known.
    var isDone: Bool { done.value.load(ordering: .acquiring) }

    /// Waits for it; if the waiting task is cancelled, the body is given up.
    var result: Result<ByteBuffer, Refused> {
        get async {
            await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
        }
    }
}
