/// The gateway's version, as `--version`, `/version` and the AMQP client properties tell it.
enum Version {
    static let text = "0.1.0"
}
