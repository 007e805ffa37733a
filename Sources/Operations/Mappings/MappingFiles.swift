internal import Foundation
package import Mappings
internal import Output
package import Schemas
package import Settings

/// What the compiler of mappings needs from this machine: settings' names, the environment, and the files beside a
/// mapping.
package enum MappingFiles {
    /// The paths of files that mappings have named, as they were opened. On one thread.
    package final class Log {
        package fileprivate(set) var paths: [String] = []

        package init() {}
    }

    /// `settings`: those in force; without them each has its default. `variables`: what `${NAME}` stands for. `log`: where
    /// the files that mappings name are noted.
    package static func context(
        _ catalogs: Catalogs?, settings: Settings? = nil, variables: [String: String] = [:], log: Log? = nil
    ) -> MappingContext {
        MappingContext(
            settings: SettingKey.all.map(\.name), catalogs: catalogs,
            expand: { text in
                Interpolation.expandReferences(text, environment: variables)
                    .mapError { MappingContext.Failure($0.message) }
            },
            read: { path, file in
                log?.paths.append(self.path(path, beside: file))
                return read(path, beside: file)
            },
            directory: { path, file in
                guard isBelow(path) else { return .failure(outside(path)) }
                let full = self.path(path, beside: file)
                return Files.isDirectory(full)
                    ? .success(full)
                    : .failure(
                        MappingContext.Failure("there is no directory '\(full)'; create it or correct the name"))
            },
            setting: { name in
                guard let key = SettingKey.named(name), !key.mayHoldSecret else { return nil }
                guard let settings else { return key.fallback }
                // An invalid one is reported where it was given, and not again at each place that reads it.
                guard let value = settings.values[key], SettingRules.check(value, of: key).isEmpty else {
                    return key.fallback
                }
                return value.text
            })
    }

    /// A file that a mapping names: only below the mapping's own directory.
    package static func read(_ path: String, beside file: String) -> Result<String, MappingContext.Failure> {
        guard isBelow(path) else { return .failure(outside(path)) }
        let full = self.path(path, beside: file)
        guard let data = Files.content(full) else {
            return .failure(MappingContext.Failure("there is no file '\(full)'; create it or correct the name"))
        }
        guard let text = String(data: data, encoding: .utf8) else {
            return .failure(MappingContext.Failure("'\(full)' is not UTF-8 text; fix its encoding"))
        }
        return .success(text)
    }

    private static func isBelow(_ path: String) -> Bool {
        !path.hasPrefix("/") && !path.split(separator: "/").contains("..")
    }

    private static func outside(_ path: String) -> MappingContext.Failure {
        MappingContext.Failure("'\(path)' must lie in the mapping's own directory, or below it; name it from there")
    }

    private static func path(_ path: String, beside file: String) -> String {
        let directory = file.contains("/") ? String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]) : "."
        return directory + "/" + path
    }
}
