package import Schemas

/// The compiler's inputs: it reads no file and no environment variable itself.
package struct MappingContext {
    package struct Failure: Error, Equatable {
        package let message: String
        package init(_ message: String) { self.message = message }
    }

    /// Setting names allowed in `setting:`.
    package var settings: [String]
    /// Definitions to check items against; nil disables these checks.
    package var catalogs: Catalogs?
    /// Replaces `${VARIABLE}` in a text that has one.
    package var expand: (String) -> Result<String, Failure>
    /// Reads a file named by a mapping; `file`: the mapping file.
    package var read: (_ path: String, _ file: String) -> Result<String, Failure>
    /// The path of an existing directory named by a mapping; `file`: the mapping file.
    package var directory: (_ path: String, _ file: String) -> Result<String, Failure>
    /// Value of a setting; nil if it is unset, or settings are unknown.
    package var setting: (String) -> String?

    package init(
        settings: [String], catalogs: Catalogs? = nil,
        expand: @escaping (String) -> Result<String, Failure> = { .success($0) },
        read: @escaping (String, String) -> Result<String, Failure> = { path, _ in
            .failure(Failure("cannot read \(path)"))
        },
        directory: @escaping (String, String) -> Result<String, Failure> = { path, _ in
            .failure(Failure("cannot find \(path)"))
        },
        setting: @escaping (String) -> String? = { _ in nil }
    ) {
        self.settings = settings
        self.catalogs = catalogs
        self.expand = expand
        self.read = read
        self.directory = directory
        self.setting = setting
    }

    /// The queue's name; the setting's name if that has no value.
    func resolved(_ queue: QueueName) -> String {
        switch queue {
        case .literal(let name): name
        case .setting(let key): setting(key) ?? key
        }
    }
}
