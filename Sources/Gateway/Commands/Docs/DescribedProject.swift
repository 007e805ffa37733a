internal import ArgumentParser
internal import JSON
internal import Mappings
internal import Operations
internal import Output
internal import Schemas
internal import Settings

/// What a description is made of: settings, definitions and the routes of mappings.
struct DescribedProject {
    let settings: Settings
    let catalogs: Catalogs
    let table: RouteTable

    /// `files`: mapping files and directories; none: those of the settings. Mistakes are printed, and end with status 78.
    init(_ files: [String], _ options: some SettingsLayers) throws {
        settings = try options.load(needing: [])
        let beside = files.isEmpty ? settings[.mappingsDirectory].map { [$0] } ?? [] : files
        let directories = MappingFileSet.definitions(settings[.definitionsDirectory], beside: beside)
        catalogs = try CatalogLoader.load(directories: directories)
        let mapped =
            files.isEmpty
            ? MappingLoader.check(
                offline: settings[.mappingsDirectory], catalogs: catalogs, settings: settings,
                variables: settings.variables)
            : MappingLoader.check(
                files: files, catalogs: catalogs, settings: settings, variables: settings.variables)
        for finding in mapped.findings where finding.severity == .error { Terminal.error(finding.description) }
        guard let table = mapped.table else { throw ExitCode(78) }
        self.table = table
    }

    static func print(_ document: JSONValue) {
        let text = Array(document.json.utf8)
        Terminal.line(String(decoding: JSONText.pretty(text) ?? text, as: UTF8.self))
    }
}
