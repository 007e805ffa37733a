internal import Contracts
internal import Logging
internal import ServiceLifecycle

/// Runs the desired publishing and follows changes: the previous one ends first.
struct PublishingService: Service {
    let publishingInbox: PublishingInbox
    let status: ProcessStatus
    let logger: Logger
    let make: @Sendable (PublishingConfiguration) -> RunningPublishing

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await gracefulShutdown()
                publishingInbox.close()
            }
            var running: (form: PublishingConfiguration, task: Task<Void, Never>)?
            for await _ in publishingInbox.news {
                let desired = publishingInbox.take()
                var form = running?.form
                switch desired.wanted {
                case .publishing(let wanted): form = wanted
                case .nothing: form = nil
                case nil: break
                }
                if form == running?.form, !desired.isClosing { continue }
                if let (_, task) = running {
                    task.cancel()
                    await task.value
                    running = nil
                    status.publishing = nil
                }
                if desired.isClosing { break }
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
