internal import Documents
internal import Yams

/// Compiles mapping files into one table, or tells everything that is wrong with them.
package struct MappingCompiler {
    /// Larger files are no mappings.
    static let maximumBytes = 4 << 20

    private var routes: [RouteMapping] = []
    private var mistakes: [MappingMistake] = []
    private let settings: [String]

    /// `settings`: the names that `setting:` may take.
    private init(settings: [String]) { self.settings = settings }

    package static func compile(
        files: [(path: String, text: String)], settings: [String]
    ) -> (table: RouteTable?, mistakes: [MappingMistake]) {
        var compiler = MappingCompiler(settings: settings)
        for file in files { compiler.read(file.text, file: file.path) }
        compiler.crossCheck()
        let table = compiler.mistakes.isEmpty ? RouteTable(routes: compiler.routes) : nil
        return (table, compiler.mistakes)
    }

    private mutating func read(_ text: String, file: String) {
        guard text.utf8.count <= Self.maximumBytes else {
            mistakes.append(
                MappingMistake(
                    file: file, position: TextPosition(line: 1, column: 1), rule: "file-too-large",
                    message: "the file has \(text.utf8.count) bytes; a mapping has at most \(Self.maximumBytes)"))
            return
        }
        do throws(MappingMistake) {
            guard let root = try YAMLReader.compose(text, file: file) else { return }
            var reader = YAMLReader(file: file)
            reader.readRoutes(root, settings: settings)
            routes += reader.routes
            mistakes += reader.mistakes
        } catch {
            mistakes.append(error)
        }
    }

    private mutating func crossCheck() {
        var names: [String: RouteMapping] = [:]
        var queues: [RouteMapping.QueueName: RouteMapping] = [:]
        for route in routes {
            if let other = names[route.name] {
                add(route, "route-twice", "route '\(route.name)' is in \(other.file) too; give it another name")
            }
            if let other = queues[route.queue] {
                add(
                    route, "queue-twice",
                    "route '\(other.name)' (\(other.file):\(other.position)) reads this queue already; two readers would"
                        + " break the order of its messages")
            }
            names[route.name] = route
            queues[route.queue] = route
        }
    }

    private mutating func add(_ route: RouteMapping, _ rule: String, _ message: String) {
        mistakes.append(MappingMistake(file: route.file, position: route.position, rule: rule, message: message))
    }
}
