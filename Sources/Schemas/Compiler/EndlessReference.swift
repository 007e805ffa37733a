/// Sorts a program's blocks so that each comes after the blocks it applies to the same value (topological order).
/// Detects schemas that refer to themselves without descending into the value: evaluating them would never end.
enum EndlessReference {
    /// Maximum number of schemas applied to one value. References that double at each level grow exponentially.
    private static let mostChecks = 100_000

    static func order(of compiler: SchemaCompiler) throws(SchemaError) -> [Int32] {
        var next: [[Int32]] = Array(repeating: [], count: compiler.blocks.count)
        for edge in compiler.inPlace { next[Int(edge.from)].append(edge.to) }
        var order: [Int32] = []
        order.reserveCapacity(next.count)
        // 0: not visited, 1: on the current path, 2: done.
        var state = [UInt8](repeating: 0, count: next.count)
        for start in next.indices where state[start] == 0 {
            var path: [(block: Int, edge: Int)] = [(start, 0)]
            state[start] = 1
            while let (block, edge) = path.last {
                guard edge < next[block].count else {
                    state[block] = 2
                    order.append(Int32(clamping: block))
                    path.removeLast()
                    continue
                }
                path[path.count - 1].edge += 1
                let target = Int(next[block][edge])
                if state[target] == 1 { throw error(compiler.blocks[target], compiler) }
                if state[target] == 0 {
                    state[target] = 1
                    path.append((target, 0))
                }
            }
        }
        try checkCounts(order, next, compiler)
        return order
    }

    private static func checkCounts(
        _ order: [Int32], _ next: [[Int32]], _ compiler: SchemaCompiler
    ) throws(SchemaError) {
        var counts = [Int](repeating: 1, count: next.count)
        for block in order.lazy.map(Int.init) {
            counts[block] = next[block].reduce(1) { $0 + counts[Int($1)] }
            guard counts[block] > mostChecks else { continue }
            let place = compiler.blocks[block]
            throw compiler.registry.documents[Int(place.document)].error(
                .tooComplex,
                "one value would be checked against more than \(mostChecks) schemas here, since its references refer to"
                    + " others repeatedly; refer to each once", at: Int(place.source))
        }
    }

    private static func error(_ block: Block, _ compiler: SchemaCompiler) -> SchemaError {
        compiler.registry.documents[Int(block.document)].error(
            .endlessReference,
            "this schema refers to itself for the same value, so checking it would never end; refer to it from inside "
                + "properties or items", at: Int(block.source))
    }
}
