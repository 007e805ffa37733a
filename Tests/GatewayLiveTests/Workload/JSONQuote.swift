import Ingest
import Contracts
import JSON

/// Text as a JSON string.
enum JSONQuote {
    static func text(_ text: String) -> String {
        var out: [UInt8] = []
        JSONText.append(string: text, to: &out)
        return String(decoding: out, as: UTF8.self)
    }
}
