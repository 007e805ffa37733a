/// Role of a caller: a viewer reads, an operator also makes changes.
package enum AccessRole: String, Sendable {
    case viewer, `operator`

    func may(_ needed: AccessRole) -> Bool { self == .operator || needed == .viewer }
}
