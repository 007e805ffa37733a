import JSON
import Foundation
import Testing

@testable import Schemas

@Suite struct `The table of catalogs` {
    static func file(_ name: String, _ text: String) -> DefinitionFile {
        DefinitionFile(name: name, bytes: Array(text.utf8))
    }

    static func definition(_ catalog: String, _ more: String = "") -> String {
        """
        {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "\(catalog)", "x-key": ["code"], "type": "object",
         "required": ["code"], "properties": {"code": {"type": "string"}}\(more)}
        """
    }

    @Test func `has the 28 that ship, with their keys and collections`() throws {
        let catalogs = try Catalogs.builtin()
        #expect(catalogs.all.count == 28)
        let card = try #require(catalogs["catalogCard"])
        #expect(card.collection == "card" && card.key == ["code"] && card.allowsUnknownFields)
        let stock = try #require(catalogs["catalogItemStock"])
        #expect(stock.collection == "itemStock" && stock.key == ["item", "store"])
        #expect(stock.fields.map(\.name) == ["item", "store", "quantity", "updatedAt"])
        #expect(stock.fields.map(\.bson) == [.string, .string, .decimal, .date])
        #expect(stock.fields.map(\.isNullable) == [false, false, false, true])
        #expect(stock.fields.map(\.isRequired) == [true, true, true, false])
        #expect(stock.fields.map(\.isKey) == [true, true, false, false])
        #expect(stock.fields[0].reference == "catalogItem" && stock.fields[0].referencePolicy == .none)
        #expect(catalogs["catalogNothing"] == nil)
    }

    @Test func `the shipped definitions keep to their meta-schema`() throws {
        let files = EmbeddedFile.definitions.map { DefinitionFile(name: $0.name, bytes: Array($0.bytes)) }
        let catalogs = try Catalogs([]).adding(files: files)
        #expect(catalogs.all.count == 28)
        #expect(catalogs.unknownReferences.isEmpty)
    }

    @Test func `the folder of definitions is what is in the binary`() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/Schemas", isDirectory: true)
        func names(_ folder: String) throws -> [String] {
            let path = sources.appendingPathComponent(folder).path
            return try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".json") }
        }
        let inDefinitions = try names("Definitions")
        let embedded = EmbeddedFile.definitions + EmbeddedFile.metaSchemas
        #expect(Set(try inDefinitions + names("MetaSchemas")) == Set(embedded.map(\.name)))
        for file in EmbeddedFile.definitions {
            let url = sources.appendingPathComponent("Definitions/\(file.name)")
            #expect(try Array(Data(contentsOf: url)) == Array(file.bytes), "\(file.name)")
        }
    }

    @Test func `fields are found by the bytes of their names`() throws {
        let item = try #require(try Catalogs.builtin()["catalogItem"])
        for (position, field) in item.fields.enumerated() {
            var name = field.name
            #expect(name.withUTF8 { item.fieldIndex(named: $0) } == position)
            #expect(name.withUTF8 { item.field(named: $0) } == field)
            #expect(name.withUTF8 { item.bson(named: $0) } == field.bson)
        }
        var unknown = "nmae"
        #expect(unknown.withUTF8 { item.field(named: $0) } == nil)
        #expect(unknown.withUTF8 { item.bson(named: $0) } == .any)
    }

    @Test(arguments: [
        ("catalogItm", "catalogItem"), ("CATALOGCARD", "catalogCard"), ("catalgoStore", "catalogStore"),
        ("item", "catalogItem"), ("catalogItemStocks", "catalogItemStock"), ("catalogXyzzyPlugh", nil), ("", nil),
    ])
    func `the nearest name is told`(_ name: String, _ nearest: String?) throws {
        #expect(try Catalogs.builtin().nearest(to: name) == nearest)
    }

    @Test func `a directory overrides catalogs and adds some`() throws {
        let catalogs = try Catalogs.builtin().adding(files: [
            Self.file("card.json", Self.definition("catalogCard", #", "x-collection": "cards""#)),
            Self.file("mine.json", Self.definition("catalogMyOwn")),
        ])
        #expect(catalogs.all.count == 29)
        #expect(catalogs["catalogCard"]?.collection == "cards")
        #expect(catalogs["catalogMyOwn"]?.collection == "myOwn")
        #expect(catalogs["catalogMyOwn"]?.file == "mine.json")
    }

    @Test func `files of a directory refer to one another`() throws {
        let shared = Self.definition("catalogShared", #", "$id": "urn:shared", "$defs": {"name": {"type": "string"}}"#)
        let user = Self.definition("catalogUser").replacing(
            #""code": {"type": "string"}"#,
            with: ##""code": {"type": "string"}, "name": {"$ref": "urn:shared#/$defs/name"}"##)
        let catalogs = try Catalogs([]).adding(files: [Self.file("user.json", user), Self.file("shared.json", shared)])
        let program = try #require(catalogs["catalogUser"]).program(.complete)
        #expect(try violations(program, #"{"code": "a", "name": 1}"#).map(\.schemaFile) == ["shared.json"])
    }

    @Test func `a file extends a shipped definition by reference, and may replace it`() throws {
        let extended = """
            {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogItem", "x-key": ["code"], "type": "object",
             "$ref": "urn:promo-gateway:definition:1:catalogItem",
             "properties": {"season": {"type": "string", "x-bson": "date"}, "brand": {"x-ref-policy": "reject"}}}
            """
        let shipped = try #require(try Catalogs.builtin()["catalogItem"])
        let item = try #require(
            try Catalogs.builtin().adding(files: [Self.file("item.json", extended)])["catalogItem"])
        #expect(Set(item.fields.map(\.name)) == Set(shipped.fields.map(\.name) + ["season"]))
        func field(_ name: String, of definition: Definition) -> DefinitionField? {
            definition.fields.first { $0.name == name }
        }
        for own in shipped.fields where own.name != "brand" { #expect(field(own.name, of: item) == own) }
        #expect(field("season", of: item)?.bson == .date)
        #expect(field("brand", of: item)?.reference == "catalogBrand")
        #expect(field("brand", of: item)?.referencePolicy == .reject)
        #expect(item.collection == "item" && item.key == ["code"])
        #expect(try violations(item.program(.complete), #"{"code":"a","season":"x"}"#).count == 2)
        #expect(try violations(item.program(.partial), #"{"code":"a","price":null}"#).isEmpty)
        #expect(try violations(item.program(.keyOnly), #"{"price":1}"#).map(\.keyword) == ["required"])
    }

    @Test func `a definition's text is its file, and is accepted again`() throws {
        let files = EmbeddedFile.definitions.map { file in
            Self.file(file.name, String(decoding: file.bytes, as: UTF8.self))
        }
        let catalogs = try Catalogs.builtin()
        for file in files {
            let definition = try #require(catalogs.all.first { $0.file == file.name })
            #expect(definition.text == String(decoding: file.bytes, as: UTF8.self).trimmingCharacters(in: .newlines))
        }
        let again = try catalogs.adding(files: catalogs.all.map { Self.file($0.file, $0.text) })
        #expect(again.all.map(\.fields) == catalogs.all.map(\.fields))
    }

    @Test func `misspelled keywords and formats are hinted at, other words are not`() throws {
        let text = Self.definition(
            "catalogMine",
            #"""
            , "$defs": {"a": {"maxLenght": 3, "format": "datetime", "example": 1, "nullable": true, "x-order": 2,
              "patternProperties": {"^a": {"requiredd": ["b"]}}, "enum": [{"minimal": 1}], "default": {"titlee": 1},
              "format ": "x", "properties": {"typee": {"type": "string", "format": "isbn"}}}}
            """#)
        let catalogs = try Catalogs.builtin().adding(files: [Self.file("mine.json", text)])
        let words = catalogs.misspelledKeywords.map { $0.message.split(separator: "did you mean ").last ?? "" }
        #expect(Set(words) == ["maxLength?", "date-time?", "examples?", "required?", "format?"])
        #expect(catalogs.misspelledKeywords.allSatisfy { $0.file == "mine.json" && $0.position != nil })
        #expect(try Catalogs.builtin().misspelledKeywords.isEmpty)
    }

    @Test func `all errors of a directory are told at once`() throws {
        let error = try #require(throws: SchemaErrors.self) {
            try Catalogs.builtin().adding(files: [
                Self.file("a.json", "{,}"),
                Self.file("b.json", Self.definition("catalogB", #", "minProperties": -1"#)),
                Self.file("c.json", Self.definition("catalogC", #", "x-collection": "item""#)),
                Self.file("d.json", Self.definition("catalogD")),
                Self.file("e.json", Self.definition("catalogD")),
                Self.file("f.json", Self.definition("catalogF", #", "properties": {}"#)),
            ])
        }
        #expect(
            error.errors.map { "\($0.file ?? "") \($0.code)" } == [
                "a.json notJSON", "f.json duplicate", "b.json invalidKeyword", "e.json duplicate",
                "catalogItem.json duplicate",
            ])
        #expect(error.description.hasPrefix("a.json:1:2: "))
    }

    @Test func `a reference to a catalog that nobody defined is told`() throws {
        let text = Self.definition("catalogMine").replacing(
            #""code": {"type": "string"}"#,
            with: #""code": {"type": "string"}, "brand": {"type": "string", "x-ref": "catalogBrnd"}"#)
        let catalogs = try Catalogs.builtin().adding(files: [Self.file("mine.json", text)])
        #expect(
            catalogs.unknownReferences.map(\.message) == [
                "the field brand refers to catalogBrnd, which is not defined; did you mean catalogBrand?"
            ])
    }

    @Test func `dynamic fields have catalogs; a wrong one does not stop the others`() throws {
        let (catalogs, errors) = try Catalogs.builtin().adding(dynamicFields: [
            DynamicField(code: "Season", title: "Temporada \"alta\""), DynamicField(code: "../x"),
            DynamicField(code: "Card"), DynamicField(code: "Item Stock"), DynamicField(code: "configuration"),
            DynamicField(code: "2024"),
            DynamicField(code: "Size", definition: Self.file("size", Self.definition("catalogSize"))),
            DynamicField(code: "Other", definition: Self.file("other", Self.definition("catalogAnother"))),
        ])
        #expect(
            Set(catalogs.all.map(\.catalog)).subtracting(try Catalogs.builtin().all.map(\.catalog)) == [
                "catalogSeason", "catalogSize", "catalog2024",
            ])
        let season = try #require(catalogs["catalogSeason"])
        #expect(season.title == "Temporada \"alta\"" && season.key == ["code"])
        #expect(season.fields.map(\.isRequired) == [true, true])
        #expect(catalogs["catalogCard"]?.fields.count ?? 0 > 2)
        #expect(errors.count == 4)
    }
}
