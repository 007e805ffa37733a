import Contracts
import Logging
import MongoStore
import Testing

@Suite("mongoDB.uri and mongoDB.database")
struct MongoSettingsTests {
    @Test(
        "A connection string that cannot be read: the key and the remedy, but not the password",
        arguments: [
            "mongodb://user:S3cr3t/x@host:27017/db", "mongodb://user:S3cr3t%zz@host/db", "http://user:S3cr3t@host",
            "S3cr3t", "",
            "mongodb://user:S3cr3t@host:notaport/db", "mongodb://u:p@host/db?tls=S3cr3t", "mongodb://S3cr3t\0host/",
        ])
    func unreadable(uri: String) {
        let error = error(MongoSettings(uri: uri, database: "promo"))
        #expect(error != nil)
        #expect(error?.message.contains("mongoDB.uri") == true)
        #expect(error?.message.contains("mongodb://user:password@host") == true)
        #expect(error?.message.contains("S3cr3t") == false)
    }

    @Test("w=0 can never work, and is refused with the remedy; other concerns are taken, for writes say their own")
    func unacknowledged() {
        let error = error(MongoSettings(uri: "mongodb://u:S3cr3t@host/?w=0", database: "promo"))
        #expect(error?.message.contains("w=0") == true && error?.message.contains("leave w out") == true)
        #expect(error?.message.contains("S3cr3t") == false)
        for uri in ["w=1", "w=2", "w=majority", "journal=false", "w=1&journal=true&wtimeoutMS=1"] {
            #expect(self.error(MongoSettings(uri: "mongodb://host/?" + uri, database: "promo")) == nil, "\(uri)")
        }
    }

    @Test("The option at fault is named")
    func option() {
        let error = error(MongoSettings(uri: "mongodb://host/?connectTimeoutMS=soon", database: "promo"))
        #expect(error == nil || error?.message.lowercased().contains("connecttimeoutms") == true)
    }

    @Test(
        "A name that a database cannot have: the key and the rule",
        arguments: [
            "", "a/b", "a\u{301}/\u{301}b", "a.b", "a b", "a\"b", "a\\b", "$a", "a\0",
            String(repeating: "a", count: 64),
        ])
    func badDatabase(name: String) {
        #expect(
            error(MongoSettings(uri: "mongodb://host", database: name))?.message.contains("mongoDB.database") == true)
    }

    @Test(
        "A name that MongoDB takes on Unix",
        arguments: ["a*b", "a<b>c", "a:b|c?", "año", String(repeating: "a", count: 63)])
    func goodDatabase(name: String) { #expect(error(MongoSettings(uri: "mongodb://host", database: name)) == nil) }

    @Test("Without mongoDB.database, the URI's own counts")
    func databaseOfURI() throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        #expect(try MongoDeployment(MongoSettings(uri: "mongodb://host/promo"), logger: logger).database == "promo")
        #expect(error(MongoSettings(uri: "mongodb://host/"))?.message.contains("mongoDB.database") == true)
    }

    @Test("A deployment that was never connected is down, and promises nothing")
    func notConnected() async throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let deployment = try MongoDeployment(MongoSettings(uri: "mongodb://host/promo"), logger: logger)
        #expect(!deployment.health.isUp && deployment.guarantee == nil)
        let lane = deployment.makeLane(named: "lane")
        let result = await settle(lane)
        #expect(result?.kind == .unavailable)
        await lane.close()
        await lane.close()
        await deployment.close()
    }

    private func settle(_ lane: MongoTransactor) async -> StoreError? {
        do throws(StoreError) {
            try await lane.settle(StoreReads()) { _ in (StoreWrites(), ()) }
            return nil
        } catch {
            return error
        }
    }

    private func error(_ settings: MongoSettings) -> StoreError? {
        do throws(StoreError) {
            _ = try MongoDeployment(settings, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
            return nil
        } catch {
            return error
        }
    }
}
