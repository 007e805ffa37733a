import Ingest
import Contracts
import JSON
import Testing

extension RouteLiveTests {
    @Suite("Dynamic catalogs come from the store while the gateway runs")
    struct DynamicCatalogTests {
        private static func posting(_ catalog: String, _ item: String, to route: LiveRoute) -> Posting {
            let body = #"{"companyId":"napse","catalog":"\#(catalog)","items":[{"operation":"I",\#(item)}]}"#
            var properties = MessageProperties()
            properties.messageId = ByteString(catalog + item)
            return Posting(routingKey: route.queue, body: Array(body.utf8), properties: properties)
        }

        /// What a definition must have at least, and a price.
        private static func definition(of catalog: String) -> String {
            """
            {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "\(catalog)", "x-key": ["code"],
             "type": "object", "required": ["code"],
             "properties": {"code": {"type": "string"}, "price": {"type": "number", "x-bson": "decimal"}}}
            """
        }

        @Test func `a field made now has a catalog within three seconds`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                try await PromoConsole.with(route) { console in
                    let began = ContinuousClock.now
                    try await console.makeDynamicField("Temporada")
                    try await console.makeDynamicField("Campaign", definition: Self.definition(of: "catalogCampaign"))
                    try await route.publish(postings: [
                        Self.posting("catalogTemporada", #""code":"w26","name":"Winter""#, to: route),
                        Self.posting("catalogCampaign", #""code":"c1","price":12.50"#, to: route),
                        Self.posting("catalogCampaign", #""code":"c2","price":"12.50""#, to: route),
                    ])
                    try await gateway.wait("both catalogs have a record") {
                        let seasons = try await console.records(in: "temporada")
                        let campaigns = try await console.records(in: "campaign")
                        return seasons == ["napse|w26"] && campaigns == ["napse|c1"]
                    }
                    #expect(began.duration(to: .now) < .seconds(3))
                    try await gateway.wait("the field's own definition is kept to") {
                        try await console.reasons() == [#"schema a decimal number the string "12.50""#]
                    }
                }
            }
        }

        @Test func `a name that nobody declared is told the nearest one, and makes no collection`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                try await PromoConsole.with(route) { console in
                    try await console.makeDynamicField("Temporada")
                    try await route.publish(postings: [
                        Self.posting("catalogTemporda", #""code":"w26","name":"Winter""#, to: route)
                    ])
                    try await gateway.wait("the message is a dead letter") {
                        try await console.reasons() == [#"unknownCatalog catalogTemporada "catalogTemporda""#]
                    }
                    #expect(try await console.collections() == ["dynamicField"])
                }
            }
        }

        @Test func `a wrong definition is told and left out, the others stay`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                try await PromoConsole.with(route) { console in
                    try await console.makeDynamicField("Temporada")
                    try await console.makeDynamicField("Broken", definition: #"{"type": "object"}"#)
                    try await console.makeDynamicField("Other", definition: Self.definition(of: "catalogItem"))
                    try await gateway.wait("both mistakes are reported") {
                        gateway.output.contains("dynamicField Broken:1:1: a definition begins with")
                            && gateway.output.contains("dynamic field Other must be of the catalog catalogOther")
                    }
                    try await route.publish(postings: [
                        Self.posting("catalogBroken", #""code":"b","name":"B""#, to: route),
                        Self.posting("catalogTemporada", #""code":"w26","name":"Winter""#, to: route),
                    ])
                    try await gateway.wait("the others stay") {
                        try await console.records(in: "temporada") == ["napse|w26"]
                    }
                    try await gateway.wait("the wrong one is not a catalog") {
                        try await console.reasons().contains { $0.hasPrefix("unknownCatalog ") }
                    }
                    #expect(try await console.collections() == ["dynamicField", "temporada"])
                }
            }
        }
    }
}
