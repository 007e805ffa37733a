/// Finds schemas that come back to themselves without going into the value: running them would never end.
enum EndlessReference {
    static func check(_ compiler: SchemaCompiler) throws(SchemaError) {
        var next: [[Int32]] = Array(repeating: [], count: compiler.blocks.count)
        for edge in compiler.inPlace { next[Int(edge.from)].append(edge.to) }
        // 0: not seen, 1: on the way from the start to here, 2: done.
        var state = [UInt8](repeating: 0, count: next.count)
        for start in next.indices where state[start] == 0 {
            var path: [(block: Int, edge: Int)] = [(start, 0)]
            state[start] = 1
            while let (block, edge) = path.last {
                guard edge < next[block].count else {
                    state[block] = 2
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
    }

    private static func error(_ block: Block, _ compiler: SchemaCompiler) -> SchemaError {
        compiler.registry.documents[Int(block.document)].error(
            .endlessReference,
            "this schema refers to itself for the same value, so checking it would never end; refer to it from inside "
                + "properties or items", at: Int(block.source))
    }
}
