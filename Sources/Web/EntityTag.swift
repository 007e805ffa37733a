internal import Contracts
internal import Crypto
internal import JSON

extension RequestAnswer {
    /// With a tag of its contents, body and headers; 304 for a client that has them. `record`: the BSON of the record that it
    /// shows.
    func tagged(for request: WebRequest, record: [UInt8]? = nil) -> RequestAnswer {
        tagged(for: request, with: tag(record: record))
    }

    /// The tag of its contents. `record`: the BSON of the record that it shows.
    func tag(record: [UInt8]? = nil) -> RequestField {
        var hash = SHA256()
        hash.update(data: body)
        for header in headers { hash.update(data: Array(header.value.utf8)) }
        let digest = hash.finalize()
        return RequestField(
            name: "etag",
            value: record.map { RecordTag.text(record: SHA256.hash(data: $0), shown: digest) }
                ?? "\"\(Hexadecimal.text(Array(digest.prefix(16))))\"")
    }

    /// With this tag; 304 for a client that has it.
    func tagged(for request: WebRequest, with tag: RequestField) -> RequestAnswer {
        let known = request.values(of: "if-none-match").flatMap { $0.split(separator: ",") }.map { word in
            let word = word.drop { $0 == " " }
            return word.hasPrefix("W/") ? word.dropFirst(2) : word
        }
        let headers = self.headers + [tag, .init(name: "cache-control", value: "no-cache")]
        if known.contains(where: { $0.prefix { $0 != " " } == tag.value || $0 == "*" }) {
            return RequestAnswer(status: 304, headers: headers.filter { $0.name != "content-type" })
        }
        return RequestAnswer(status: 200, headers: headers, body: body)
    }
}
