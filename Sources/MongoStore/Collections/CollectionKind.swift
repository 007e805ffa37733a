internal import BSON

/// Properties of a collection that decide whether it can hold records.
enum CollectionKind: Equatable, Sendable {
    /// `collation`: its text comparison, in words; nil if binary, like the gateway's.
    case ordinary(collation: String?)
    case view
    case timeSeries
    /// Capped: drops its oldest documents, and cannot be used in transactions.
    case capped

    /// Parses an entry of `listCollections`.
    init(listed entry: BSONElements) {
        let options = entry.first(named: "options")?.elements
        switch entry.first(named: "type")?.text {
        case "view": self = .view
        case "timeseries": self = .timeSeries
        default:
            if options?.first(named: "capped")?.bool == true {
                self = .capped
            } else {
                self = .ordinary(collation: options?.first(named: "collation")?.elements.flatMap { Self.words($0) })
            }
        }
    }

    private static func words(_ collation: BSONElements) -> String? {
        guard let locale = collation.first(named: "locale")?.text, locale != "simple" else { return nil }
        let strength = collation.first(named: "strength")?.integer.map { ", strength \($0)" } ?? ""
        return "locale \(locale)\(strength)"
    }

    var isOrdinary: Bool { if case .ordinary = self { true } else { false } }

    /// Why the collection cannot hold records, with the remedy; nil if it can.
    func problem(of name: String) -> String? {
        let remedy =
            "name another collection ('collection' of the definition or of the mapping's target), or put an ordinary one in"
            + " its place"
        switch self {
        case .ordinary: return nil
        case .view: return "'\(name)' is a view, which takes no records; \(remedy)"
        case .timeSeries:
            return "'\(name)' is a time series, whose records cannot be changed in a transaction; \(remedy)"
        case .capped:
            return "'\(name)' is capped: it drops its oldest records, and takes part in no transaction; \(remedy)"
        }
    }

    /// The same for one of the gateway's own collections, whose keys must be compared as bytes.
    func problem(ofOwn name: String) -> String? {
        let remedy = "rename it, and the gateway makes one as it must be"
        switch self {
        case .ordinary(nil): return nil
        case .ordinary(let collation?):
            return
                "the gateway's own collection '\(name)' has a collation (\(collation)), by which different message-ids may"
                + " be one; \(remedy)"
        case .view: return "the gateway's own collection '\(name)' is a view; \(remedy)"
        case .timeSeries: return "the gateway's own collection '\(name)' is a time series; \(remedy)"
        case .capped: return "the gateway's own collection '\(name)' is capped; \(remedy)"
        }
    }
}
