internal import Documents
internal import Foundation
internal import Mappings

/// Reads the mappings of a directory into the table of routes.
enum MappingLoader {
    /// The rule that asks for the name of a route's queue, which a setting gives.
    static let queueNotSet = "queue-not-set"

    /// The table, or everything that is wrong. Without a directory: the built-in route of catalog messages.
    static func check(directory: String?, settings: Settings) -> (table: RouteTable?, findings: [Finding]) {
        guard let directory else { return (.catalogs, []) }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue else {
            let message = "mappings.directory: there is no directory '\(directory)'; create it or correct the path"
            return (nil, [Finding(file: directory, position: nil, rule: "mappings-directory", message: message)])
        }
        var files: [(path: String, text: String)] = []
        var findings: [Finding] = []
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
        for name in names where name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            let path = directory + "/" + name
            guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
            else {
                findings.append(
                    Finding(
                        file: path, position: nil, rule: "mapping-file",
                        message: "cannot read the file as UTF-8 text; allow it to be read, or mend its encoding"))
                continue
            }
            files.append((path, text))
        }
        if files.isEmpty, findings.isEmpty {
            findings.append(
                Finding(
                    file: directory, position: nil, rule: "mappings-directory",
                    message: "there is no mapping (*.yaml) in '\(directory)'; put one there or leave the option out"))
        }
        let (table, mistakes) = MappingCompiler.compile(files: files, settings: SettingKey.all.map(\.name))
        findings += mistakes.map {
            Finding(file: $0.file, position: $0.position, rule: "mapping-\($0.rule)", message: $0.message)
        }
        if let table { findings += unsetQueues(table, settings: settings) }
        return (findings.isEmpty ? table : nil, findings)
    }

    private static func unsetQueues(_ table: RouteTable, settings: Settings) -> [Finding] {
        table.routes.compactMap { route in
            guard case .setting(let name) = route.queue, settings.text(name) == nil, settings.bool("rabbitMQ.enabled")
            else { return nil }
            let variable = SettingKey.named(name)?.environmentName ?? name
            return Finding(
                file: route.file, position: route.position, rule: queueNotSet,
                message: "route '\(route.name)' reads the queue that \(name) names, and that is not set; set it, for"
                    + " example \(variable)=promo.catalog")
        }
    }
}

extension RouteMapping {
    /// The queue's name under these settings; `check` has made sure that there is one.
    func queueName(_ settings: Settings) -> String {
        switch queue {
        case .literal(let name): name
        case .setting(let key): settings.text(key) ?? ""
        }
    }
}
