internal import Logging
internal import ServiceLifecycle

/// Publishes what is wanted, and follows when something else is: what ran before has ended by then.
struct PublishingService: Service {
    let wishes: PublishingWishes
    let status: ProcessStatus
    let logger: Logger
    let make: @Sendable (PublishingForm) -> RunningPublishing

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await gracefulShutdown()
                wishes.close()
            }
            var running: (form: PublishingForm, task: Task<Void, Never>)?
            for await _ in wishes.news {
                let wish = wishes.current
                let form = wish.isClosing ? nil : wish.form
                if form == running?.form, !wish.isClosing { continue }
                if let (_, task) = running {
                    task.cancel()
                    await task.value
                    running = nil
                    status.publishing = nil
                }
                if wish.isClosing { break }
                guard let form else { continue }
                for off in form.off { logger.info("feed \(off.name) is off: \(off.words)") }
                let publishing = make(form)
                status.publishing = publishing.parts
                running = (form, Task { await publishing.run() })
            }
            group.cancelAll()
        }
    }
}
