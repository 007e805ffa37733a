/// Result of looking for new definitions.
package enum CatalogRefresh: Sendable {
    case changed, unchanged
    /// Temporarily unknown: retry.
    case unavailable
    /// Shutting down: it stays unknown.
    case ended
}
