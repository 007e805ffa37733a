/// What came of looking for new definitions.
package enum CatalogRefresh: Sendable {
    case changed, unchanged
    /// It cannot be known now: to be asked again.
    case unavailable
    /// The gateway ends: it will not be known any more.
    case ended
}
