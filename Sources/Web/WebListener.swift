/// An address on which requests of routes are taken.
package struct WebListener: Sendable, Equatable {
    package var name: String
    package var host: String
    /// 0: any free one, which is logged.
    package var port: Int

    package init(name: String, host: String, port: Int) {
        self.name = name
        self.host = host
        self.port = port
    }
}
