import Contracts
import Ingest
import JSON
import Mappings
import Schemas

/// What mappings cost: a foreign shape with 12 fields, the catalogs route in full, and loading 1,000 routes.
struct MappingWays {
    private static let count = 10_000

    private static let foreign = """
        routes:
          r:
            from: { amqp: { queue: q } }
            definition: catalogItem
            message:
              companyId: $.empresa
              items: $.articulos[*]
              operation: { path: .accion, table: { ALTA: I, BAJA: D, CAMBIO: U, SINC: IU } }
              fields:
                code: { path: .cod, text: true }
                name: { path: .desc, trim: true }
                description: .detalle
                brand: { path: .marca, upper: true }
                category: .rubro
                subCategory: { path: .subrubro, default: none }
                family: .familia
                department: { path: .sector, table: { "01": almacen, "02": bebidas, "*": varios } }
                supplier: .proveedor
                price: { path: .precio, decimal: "1.234,50" }
                barcodes: { path: .codigos, split: "|" }
                active: { path: .activo, bool: { true: [S], false: [N] } }
        """

    private static let catalogs = """
        routes:
          r:
            from: { amqp: { queue: q } }
            message:
              companyId: $.companyId
              catalog: $.catalog
              items: $.items[*]
              operation: .operation
              keep: all
        """

    private let definitions: Catalogs

    init() throws { definitions = try Catalogs.builtin() }

    func tell() throws {
        let item =
            #"{"cod":COD,"desc":" Yerba mate 1 kg ","detalle":"Con palo, paquete","marca":"la marca","rubro":"almacen","subrubro":"infusiones","familia":"yerbas","sector":"01","proveedor":"prov-77","precio":"1.234,50","codigos":"7790001|7790002","activo":"S","accion":"ALTA"}"#
        let items = (0..<Self.count).map { item.replacing("COD", with: "\($0)") }.joined(separator: ",")
        let body = Array(#"{"empresa":"napse","articulos":[\#(items)]}"#.utf8)
        try tell("12 fields, parse", { try parse(body) })
        try tell("12 fields, map", { try map(body) })
        try tell("12 fields, parse and map and parse", { try decode(body, Self.foreign) })

        let own =
            #"{"operation":"I","code":"COD","name":"Yerba mate 1 kg","price":1234.50,"brand":"la marca","active":true}"#
        let catalogItems = (0..<Self.count).map { own.replacing("COD", with: "\($0)") }.joined(separator: ",")
        let message = Array(#"{"companyId":"napse","catalog":"catalogItem","items":[\#(catalogItems)]}"#.utf8)
        try tell("catalog messages, built in", { try decode(message, nil) })
        try tell("catalog messages, as a mapping in full", { try decode(message, Self.catalogs) })

        let routes =
            "routes:\n"
            + (0..<1000).map { number in
                Self.foreign.split(separator: "\n").dropFirst().joined(separator: "\n")
                    .replacing("  r:", with: "  r\(number):").replacing("queue: q ", with: "queue: q\(number) ")
            }.joined(separator: "\n")
        let measured = Measurement.of(warmUp: 0, duration: 2) {
            let context = MappingContext(settings: [], catalogs: definitions)
            guard MappingCompiler.compile(files: [("m.yaml", routes)], context: context).table?.routes.count == 1000
            else {
                fatalError("the routes do not compile")
            }
        }
        print(#"{"way":"1,000 routes of 12 fields, load","seconds":\#(measured.seconds)}"#)
    }

    private func tell(_ name: String, _ make: () throws -> () -> Void) throws {
        let measured = Measurement.of(try make())
        let allocations = measured.allocations.map { ",\"allocations\":\($0)" } ?? ""
        print(
            "{\"way\":\"\(name)\",\"items\":\(Self.count),\"itemsPerSecond\":\(Int(Double(Self.count) / measured.seconds))\(allocations)}"
        )
    }

    private func shapes(_ mapping: String?) throws -> [MessageShape] {
        guard let mapping else { return [.catalog] }
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", mapping)], context: MappingContext(settings: [], catalogs: definitions))
        guard let table else { throw Ways.Failure(text: "\(mistakes)") }
        return table.routes[0].shapes
    }

    private func parse(_ body: [UInt8]) throws -> () -> Void {
        let parser = JSONParser()
        return { guard (try? parser.parse(body)) != nil else { fatalError("no JSON") } }
    }

    private func map(_ body: [UInt8]) throws -> () -> Void {
        let shape = try shapes(Self.foreign)[0]
        let document = try JSONParser().parse(body)
        let mapper = MessageMapper()
        return {
            guard
                case .items(_, _, let items) = mapper.map(
                    document, with: shape, facts: MessageFacts(), catalogs: definitions),
                items.faults.isEmpty
            else { fatalError("not mapped") }
        }
    }

    private func decode(_ body: [UInt8], _ mapping: String?) throws -> () -> Void {
        let decoder = MessageDecoder(limits: .whole, shapes: try shapes(mapping))
        let delivery = Delivery(
            tag: DeliveryTag(channel: 1, number: 1), queue: "benchmark", body: body, isRedelivered: false,
            properties: MessageProperties())
        return {
            guard case .catalog(let catalog) = decoder.decode(delivery, catalogs: definitions, now: 0).content,
                catalog.itemCount == Self.count
            else { fatalError("not decoded") }
        }
    }
}
