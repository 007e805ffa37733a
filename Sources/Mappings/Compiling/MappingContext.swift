package import Schemas

/// What compiling needs from outside: it reads no file and no environment itself.
package struct MappingContext {
    package struct Failure: Error, Equatable {
        package let message: String
        package init(_ message: String) { self.message = message }
    }

    /// The names that `setting:` may take.
    package var settings: [String]
    /// The definitions that items are held to; nil where they are not known, and nothing is said about them.
    package var catalogs: Catalogs?
    /// Replaces `${VARIABLE}` in a text.
    package var expand: (String) -> Result<String, Failure>
    /// Reads a file that a mapping names, by its path; `file`: the mapping file.
    package var read: (_ path: String, _ file: String) -> Result<String, Failure>
    /// The value of a setting; nil where it has none, or where settings are not known.
    package var setting: (String) -> String?

    package init(
        settings: [String], catalogs: Catalogs? = nil,
        expand: @escaping (String) -> Result<String, Failure> = { .success($0) },
        read: @escaping (String, String) -> Result<String, Failure> = { path, _ in
            .failure(Failure("cannot read \(path)"))
        },
        setting: @escaping (String) -> String? = { _ in nil }
    ) {
        self.settings = settings
        self.catalogs = catalogs
        self.expand = expand
        self.read = read
        self.setting = setting
    }

    /// The queue's name; the setting's own where that has no value.
    func resolved(_ queue: QueueName) -> String {
        switch queue {
        case .literal(let name): name
        case .setting(let key): setting(key) ?? key
        }
    }
}
