internal import Contracts
internal import Synchronization
internal import ThreadExecutors

/// A connection taken at the first call and returned at the end; reports to the health board. Confined to one thread.
struct ExecutorConnection {
    private let deployment: MongoDeployment
    private let reporter: HealthBoard.Reporter
    private var connection: MongoConnection?

    init(of deployment: MongoDeployment) {
        self.deployment = deployment
        reporter = deployment.healthBoard.newReporter()
    }

    mutating func using<Result>(
        _ body: (MongoConnection) throws(MongoFailure) -> Result
    ) throws(MongoFailure) -> Result {
        do throws(MongoFailure) {
            let result = try body(open())
            deployment.healthBoard.reportUp(reporter)
            return result
        } catch {
            if error.verdict == .unavailable { deployment.healthBoard.reportDown(reporter, error.storeError.message) }
            throw error
        }
    }

    /// The same, with errors for the pipeline.
    mutating func asking<Result>(
        _ body: (MongoConnection) throws(MongoFailure) -> Result
    ) throws(StoreError) -> Result {
        do throws(MongoFailure) { return try using(body) } catch { throw error.storeError }
    }

    mutating func close() {
        connection?.close()
        connection = nil
        deployment.healthBoard.reportUp(reporter)
    }

    private mutating func open() throws(MongoFailure) -> MongoConnection {
        if let connection { return connection }
        let new = try MongoConnection(pool: deployment.openPool(), database: deployment.database)
        connection = new
        return new
    }
}
