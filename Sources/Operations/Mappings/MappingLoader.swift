internal import Foundation
internal import JSON
package import Mappings
internal import Output
package import Schemas
package import Settings

/// Reads the mappings of a directory into the table of routes.
package enum MappingLoader {
    /// The rule that asks for the name of a queue that a route reads or posts to, which a setting gives.
    package static let queueNotSet = "queue-not-set"

    /// The table, or everything that is wrong. Without a directory: the built-in route of catalog messages. `log`: where the
    /// files that mappings name are noted.
    package static func check(
        directory: String?, settings: Settings, catalogs: Catalogs?, log: MappingFiles.Log? = nil
    ) -> (table: RouteTable?, findings: [Diagnostic]) {
        guard let directory else { return builtIn(settings: settings, catalogs: catalogs) }
        guard Files.isDirectory(directory) else {
            let message = "mappings.directory: there is no directory '\(directory)'; create it or correct the path"
            return (nil, [Diagnostic(file: directory, position: nil, rule: "mappings-directory", message: message)])
        }
        var files: [(path: String, text: String)] = []
        var findings: [Diagnostic] = []
        for path in MappingFileSet.mappings(in: directory) ?? [] {
            guard let text = Files.text(path) else {
                findings.append(
                    Diagnostic(
                        file: path, position: nil, rule: "mapping-file",
                        message: "cannot read the file as UTF-8 text; allow it to be read, or fix its encoding"))
                continue
            }
            files.append((path, text))
        }
        if files.isEmpty, findings.isEmpty {
            findings.append(
                Diagnostic(
                    file: directory, position: nil, rule: "mappings-directory",
                    message:
                        "there is no mapping (*.yaml, *.yml) in '\(directory)'; put one there or leave the option out"))
        }
        let (table, mistakes) = MappingCompiler.compile(
            files: files,
            context: MappingFiles.context(
                catalogs, settings: settings, variables: settings.variables, log: log))
        findings += mistakes.map { Diagnostic($0) }
        if let table {
            findings += unsetQueues(table, settings: settings) + missingListeners(table, settings: settings)
        }
        return (findings.contains { $0.severity == .error } ? nil : table, findings)
    }

    /// The route of catalog messages and the shipped feeds.
    private static func builtIn(
        settings: Settings, catalogs: Catalogs?
    ) -> (table: RouteTable?, findings: [Diagnostic]) {
        let (feeds, mistakes) = MappingCompiler.compile(
            files: ShippedFeeds.files,
            context: MappingFiles.context(catalogs, settings: settings, variables: settings.variables))
        var table = RouteTable.catalogs
        table.feeds = feeds?.feeds ?? []
        return (feeds == nil ? nil : table, mistakes.map { Diagnostic($0) })
    }

    /// The mappings of a directory or of one file, for verbs that connect to nothing. `settings`: those that mappings may
    /// name; without them each has its default. `variables`: what `${NAME}` stands for.
    package static func check(
        offline path: String?, catalogs: Catalogs, settings: Settings? = nil, variables: [String: String] = [:]
    ) -> (table: RouteTable?, findings: [Diagnostic]) {
        guard let path else { return (.catalogs, []) }
        return check(files: [path], catalogs: catalogs, settings: settings, variables: variables)
    }

    /// Mapping files by themselves, and the tests among them.
    package static func check(
        files paths: [String], catalogs: Catalogs?, settings: Settings? = nil, variables: [String: String] = [:]
    ) -> (table: RouteTable?, findings: [Diagnostic]) {
        var files: [(path: String, text: String)] = []
        var findings: [Diagnostic] = []
        var seen: Set<String> = []
        func unreadable(_ path: String, _ message: String) {
            findings.append(Diagnostic(file: path, position: nil, rule: "mapping-file", message: message))
        }
        for path in paths {
            guard let mappings = MappingFileSet.mappings(in: path), let tests = MappingFileSet.tests(in: path) else {
                unreadable(path, "there is no such file; correct the path")
                continue
            }
            if mappings.isEmpty, tests.isEmpty {
                unreadable(
                    path,
                    Files.isDirectory(path)
                        ? "there is no mapping (*.yaml, *.yml) in this directory or its feeds/; put one there, or name another"
                        : "a mapping's name ends in .yaml or .yml; name such a file")
            }
            for file in (mappings + tests).sorted() where seen.insert(MappingFileSet.identity(of: file)).inserted {
                guard let text = MappingFileSet.text(of: file) else {
                    unreadable(file, "cannot read the file as UTF-8 text; allow it to be read, or fix its encoding")
                    continue
                }
                guard MappingFileSet.isTest(file) else {
                    files.append((file, text))
                    continue
                }
                let (_, mistakes) = MappingTestReader.read(text, file: file) { MappingFiles.read($0, beside: file) }
                findings += mistakes.map { Diagnostic($0) }
            }
        }
        let (table, mistakes) = MappingCompiler.compile(
            files: files, context: MappingFiles.context(catalogs, settings: settings, variables: variables))
        findings += mistakes.map { Diagnostic($0) }
        return (findings.contains { $0.severity == .error } ? nil : table, findings)
    }

    /// The mappings of a directory as they are now; one that cannot be read is left out.
    package static func files(in directory: String) -> [(path: String, text: String)] {
        (MappingFileSet.mappings(in: directory) ?? []).compactMap { path in Files.text(path).map { (path, $0) } }
    }

    private static func missingListeners(_ table: RouteTable, settings: Settings) -> [Diagnostic] {
        let known = settings.listeners.map(\.name)
        return table.routes.compactMap { route in
            guard case .http(let endpoint) = route.from, !known.contains(endpoint.listener) else { return nil }
            let name = endpoint.listener
            let others = known.isEmpty ? "" : " (there is \(known.joined(separator: ", ")))"
            return Diagnostic(
                file: route.file, position: route.position, rule: "listener-not-set",
                message:
                    "route '\(route.name)' takes requests of the listener '\(name)', and that has no port\(others); set"
                    + " http.listeners.\(name).port, for example HTTP_LISTENERS_\(name.uppercased())_PORT=3333")
        }
    }

    private static func unsetQueues(_ table: RouteTable, settings: Settings) -> [Diagnostic] {
        guard settings[.rabbitMQEnabled] else { return [] }
        return table.routes.flatMap { route in
            func finding(_ setting: String, at place: TextPosition, _ does: String, like name: String) -> Diagnostic? {
                guard settings.text(named: setting) == nil else { return nil }
                let variable = SettingKey.named(setting)?.environmentName ?? setting
                return Diagnostic(
                    file: route.file, position: place, rule: queueNotSet,
                    message:
                        "route '\(route.name)' \(does) the queue that \(setting) names, and that is not set; set it, for"
                        + " example \(variable)=promo.\(name)")
            }
            let sources = route.from.queues.compactMap { queue -> Diagnostic? in
                guard case .setting(let name) = queue else { return nil }
                return finding(name, at: route.position, "reads", like: "catalog")
            }
            let targets = route.shapes.flatMap(\.postings).compactMap { posting in
                posting.queueSetting.flatMap { finding($0, at: posting.position, "posts to", like: route.name) }
            }
            return sources + targets
        }
    }
}

extension RouteMapping {
    /// Its queues' names under these settings; `check` has made sure that there are some.
    package func queueNames(_ settings: Settings) -> [String] {
        from.queues.map { queue in
            switch queue {
            case .literal(let name): name
            case .setting(let key): settings.text(named: key) ?? ""
            }
        }
    }
}

extension Diagnostic {
    package init(_ mistake: MappingDiagnostic) {
        self.init(
            file: mistake.file, position: mistake.position, rule: "mapping-\(mistake.rule)", message: mistake.message,
            severity: mistake.severity == .error ? .error : .hint)
    }
}
