package import JSON

/// A test of a mapping. Values are JSON text.
package struct MappingTest: Sendable {
    package struct Message: Sendable {
        package var route: String?
        package var body: [UInt8] = []
        package var messageId: String?
        package var headers: [(name: String, value: String)] = []
        /// Of a request.
        package var parameters: [(name: String, value: String)] = []
        /// Who sends the request.
        package var principal: String?
        /// Expected of a request or to a client; nil: not compared.
        package var answer: Answer?
        /// The key that a client's message is expected to subscribe to; nil: none.
        package var key: String?
        /// JSON texts that the client is expected to get after its answer; nil: not compared.
        package var pushes: [String]?
        package var isRedelivered = false
        package var outcomes: [String] = []
        package var position: TextPosition
    }

    package struct Reason: Sendable {
        package var code: String
        package var item: Int?
        package var pointer: String?
        package var text: String?

        package init(code: String, item: Int?, pointer: String?, text: String?) {
            self.code = code
            self.item = item
            self.pointer = pointer
            self.text = text
        }
    }

    package struct DeadLetter: Sendable {
        package var reasons: [Reason]?
        package var message: String?
    }

    /// An expected answer. Nil members are not compared.
    package struct Answer: Sendable {
        package var status: Int?
        package var headers: [(name: String, value: String)] = []
        /// JSON text.
        package var body: String?
        package var text: String?
    }

    /// An expected posting. Nil members are not compared.
    package struct Posting: Sendable {
        package var queue: String?
        package var exchange: String?
        package var routingKey: String?
        package var file: String?
        package var topic: String?
        package var key: String?
        package var headers: [(name: String, value: String)]?
        /// JSON text.
        package var body: String?
        package var text: String?
        package var failed: String?
    }

    package var name: String
    package var position: TextPosition
    /// Documents of a feed's collection, as BSON; nil for a test of messages.
    package var documents: [[UInt8]]?
    package var feed: String?
    package var postings: [Posting] = []
    /// Existing records by catalog.
    package var given: [(catalog: String, records: [String])] = []
    package var messages: [Message] = []
    /// Expected records by collection; nil: not compared.
    package var records: [(collection: String, records: [String])] = []
    package var deadLetters: [DeadLetter] = []
}

/// A file of tests.
package struct MappingTestFile: Sendable {
    package var file: String
    /// Path relative to the test file.
    package var mapping: String
    package var definitions: String?
    package var clock: String?
    package var tests: [MappingTest]
}
