/// What somebody may do: a viewer looks, an operator changes things as well.
package enum AccessRole: String, Sendable {
    case viewer, `operator`

    func may(_ needed: AccessRole) -> Bool { self == .operator || needed == .viewer }
}
