extension String {
    /// The text, or where it has more than `limit` bytes of UTF-8 its beginning and `…`, `limit` bytes together. No character
    /// of Unicode is cut in two. `limit` is at least 3.
    package func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        return self[..<boundary(atOrBefore: limit - 3)] + "…"
    }

    /// The same, but what is left out lies inside: a sentence keeps its beginning, which says where, and its end, which says
    /// what to do. `limit` is at least 3.
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
    /// The pointer, or where it has more than `limit` bytes its first tokens, the last of them cut.
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
