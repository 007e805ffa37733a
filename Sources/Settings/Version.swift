/// The gateway's version, as `--version`, `/version` and the AMQP client properties tell it.
package enum Version {
    package static let text = "0.1.0"
}
