package import Documents

/// One test of a mapping, as its file says it. Values are JSON text.
package struct MappingTest: Sendable {
    package struct Message: Sendable {
        package var route: String?
        package var body: [UInt8] = []
        package var messageId: String?
        package var headers: [(name: String, value: String)] = []
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

    /// A posting that is expected. What is nil is not looked at.
    package struct Posting: Sendable {
        package var queue: String?
        package var exchange: String?
        package var routingKey: String?
        package var file: String?
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
    /// The catalog's name and records.
    package var given: [(catalog: String, records: [String])] = []
    package var messages: [Message] = []
    /// The collection's name and records; nil where nothing is said.
    package var records: [(collection: String, records: [String])] = []
    package var deadLetters: [DeadLetter] = []

    /// Where expectations stand in the file, for rewriting them.
    package var places = ExpectationPlaces()
}

/// The lines of a test file that hold what was expected: 1-based, the first one and the column of the key.
package struct ExpectationPlaces: Sendable {
    package var outcomes: [TextPosition?] = []
    package var records: TextPosition?
    package var deadLetters: TextPosition?
    package var postings: TextPosition?
    /// The first key of the test, and of each message.
    package var test = TextPosition(line: 1, column: 1)
    package var messages: [TextPosition] = []
}

/// A file of tests.
package struct MappingTestFile: Sendable {
    package var file: String
    /// Beside the test file.
    package var mapping: String
    package var definitions: String?
    package var clock: String?
    package var tests: [MappingTest]
}
