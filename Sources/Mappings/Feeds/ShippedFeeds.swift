internal import CMappings

/// Feeds shipped with the gateway, as mapping files.
package enum ShippedFeeds {
    package static var files: [(path: String, text: String)] {
        var count = 0
        let list = promo_embedded_feeds(&count)
        return UnsafeBufferPointer(start: list, count: count).map { file in
            (
                String(cString: file.name),
                String(decoding: UnsafeBufferPointer(start: file.bytes, count: file.count), as: UTF8.self)
            )
        }
    }
}
