extension String {
    /// The text, truncated to at most `limit` bytes of UTF-8 with a final `…`. Does not split a character. `limit` is
    /// at least 3.
    package func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        return self[..<boundary(atOrBefore: limit - 3)] + "…"
    }

    /// Truncates in the middle: the beginning of a message says where, its end says what to do. `limit` is at least 3.
    package func cutInside(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        let (first, last) = ((limit - 3) * 3 / 4, (limit - 3) / 4)
        var end = utf8.index(endIndex, offsetBy: -last)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(after: end) }
        return self[..<boundary(atOrBefore: first)] + "…" + self[end...]
    }

    private func boundary(atOrBefore offset: Int) -> Index {
        var index = utf8.index(startIndex, offsetBy: offset)
        while index.samePosition(in: unicodeScalars) == nil { index = utf8.index(before: index) }
        return index
    }
}

extension ByteString {
    /// See ``Swift/String/cut(toBytes:)``.
    package func cut(toBytes limit: Int) -> ByteString {
        bytes.count > limit ? ByteString(description.cut(toBytes: limit)) : self
    }
}

extension JSONPointer {
    /// The pointer, truncated to at most `limit` bytes: its first tokens, the last of them cut.
    package func cut(toBytes limit: Int) -> JSONPointer {
        var left = limit
        for (number, token) in tokens.enumerated() {
            let size = 1 + token.utf8.count
            if size > left { return JSONPointer(tokens[..<number] + [token.cut(toBytes: max(3, left - 1))]) }
            left -= size
        }
        return self
    }
}
