/// The HTTP request that a delivery came as.
package struct RequestFacts: Sendable, Equatable {
    package var method: String
    /// As it was asked for, without the query.
    package var path: String
    /// As it was sent; nil without one.
    package var query: String?
    /// Those of the path, then those of the query, decoded.
    package var parameters: [RequestField]
    /// Who sent it; nil where its route does not ask.
    package var principal: String?
    /// Whether its errors also become dead letters; otherwise only the answer reports them.
    package var keepsDeadLetters: Bool

    package init(
        method: String, path: String, query: String? = nil, parameters: [RequestField] = [],
        principal: String? = nil, keepsDeadLetters: Bool = false
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.parameters = parameters
        self.principal = principal
        self.keepsDeadLetters = keepsDeadLetters
    }

    /// What distinguishes it from another one with the same body.
    package var line: [UInt8] { Array("\(method) \(path)\(query.map { "?" + $0 } ?? "")\n".utf8) }
}
