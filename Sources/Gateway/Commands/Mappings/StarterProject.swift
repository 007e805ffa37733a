/// Files of a new project.
enum StarterProject {
    static let files: [(path: String, text: String)] = [
        ("gateway.yaml", settings), ("mappings/products.yaml", mapping), ("mappings/products.test.yaml", test),
        ("mappings/units.csv", "erp,unit\nUN,unit\nKG,kilogram\n"), ("mappings/catalogs.yaml", catalogs),
        ("mappings/catalogs.test.yaml", catalogsTest), ("definitions/catalogSeason.json", definition),
        ("messages/products.json", message), ("messages/seasons.json", seasons),
    ]

    private static let settings = """
        # Settings of the gateway; `gateway check --settings` lists them all. Secrets are better given by the environment.
        rabbitMQ:
          uri: ${RABBITMQ_URI:-amqp://guest:guest@localhost:5672/}
          # The queue that `gateway send` publishes to, and that the route in mappings/products.yaml reads.
          endpointName: erp.products
        mongoDB:
          uri: ${MONGODB_URI:-mongodb://localhost:27017/?replicaSet=rs0}
          database: promo
        mappings:
          directory: mappings
        definitions:
          directory: definitions

        """

    private static let mapping = """
        # yaml-language-server: $schema=mapping.schema.json
        # A route for messages such as
        #   {"batch": "b-1", "products": [{"sku": 15, "title": "Tea", "price": "1.234,50", "unit": "KG", "action": "NEW"}]}
        # `gateway test` runs products.test.yaml, `gateway plan messages/products.json` prints what a message would do, and
        # while `gateway run` runs, `gateway send messages/products.json` sends it.

        routes:
          products:
            description: Products of the ERP.
            from:
              amqp:
                # A queue's name, or the setting that holds it.
                queue: { setting: rabbitMQ.endpointName }
            # The catalog whose definition every item is held to; `gateway schema list` shows those there are.
            definition: catalogItem
            message:
              # A text that is always the same; `companyId: $.company` would read it from the message.
              companyId: napse
              # With an id of its own a message has its effect once, however often it is sent.
              messageId: $.batch
              items: $.products[*]
              operation: { path: .action, table: { NEW: I, CHANGE: U, REMOVE: D, SYNC: IU } }
              fields:
                # .sku is the item's member; steps follow from left to right.
                code: { path: .sku, text: true }
                name: { path: .title, trim: true, blank: missing }
                price: { path: .price, decimal: "1.234,50" }
                unit: { path: .unit, lookup: { file: units.csv, key: erp, column: unit } }

        """

    private static let test = """
        tests:
          - name: a new product, and a change of its price
            message:
              body:
                batch: b-1
                products:
                  - { sku: 15, title: " Tea ", price: "1.234,50", unit: KG, action: NEW }
                  - { sku: 15, price: "1.300,00", action: CHANGE }
              outcomes: [inserted, updated]
            records:
              item:
                - { companyId: napse, code: "15", name: Tea, price: 1300.00, unit: kilogram }

          - name: an unknown unit is a dead letter, its neighbour is applied
            message:
              body:
                products:
                  - { sku: 1, title: One, unit: BOX, action: NEW }
                  - { sku: 2, title: Two, unit: UN, action: NEW }
              outcomes: [rejected, inserted]
            deadLetters:
              - reasons: [{ code: mappingFailed, item: 0, pointer: /products/0/unit }]
                message: { products: [{ sku: 1, title: One, unit: BOX, action: NEW }] }

          - name: a product that is removed, and one that is not there
            given:
              catalogItem:
                - { companyId: napse, code: "15", name: Tea, price: 1300.00 }
            message:
              body: { products: [{ sku: 15, action: REMOVE }, { sku: 16, action: REMOVE }] }
              outcomes: [deleted, absent]
            records:
              item: []

        """

    private static let catalogs = """
        # yaml-language-server: $schema=mapping.schema.json
        # Messages in the built-in shape, for any catalog, such as the one of definitions/catalogSeason.json:
        #   {"companyId": "napse", "catalog": "catalogSeason", "items": [{"operation": "I", "code": "summer", "name": "Summer"}]}
        # `gateway send --queue promo.catalog messages/seasons.json` sends one.

        routes:
          catalogs:
            description: Catalog messages.
            from:
              amqp:
                queue: promo.catalog
            message: catalog

        """

    private static let catalogsTest = """
        tests:
          - name: a season, by the definition of this project
            message:
              body:
                companyId: napse
                catalog: catalogSeason
                items:
                  - { operation: I, code: summer, name: Summer, startDate: "2026-12-21" }
                  - { operation: U, code: summer, name: Summer 2026 }
              outcomes: [inserted, updated]
            records:
              season:
                # A date is stored as a date, not as a text.
                - { companyId: napse, code: summer, name: Summer 2026, startDate: { $date: "2026-12-21" } }

          - name: a season without a name is a dead letter
            message:
              body: { companyId: napse, catalog: catalogSeason, items: [{ operation: I, code: winter }] }
              outcomes: [rejected]
            deadLetters:
              - reasons: [{ code: schema, item: 0, pointer: /items/0 }]

        """

    private static let seasons = """
        {
          "companyId": "napse",
          "catalog": "catalogSeason",
          "items": [
            { "operation": "I", "code": "summer", "name": "Summer", "startDate": "2026-12-21" }
          ]
        }

        """

    private static let definition = """
        {
          "$schema": "urn:promo-gateway:definition:1",
          "title": "Seasons",
          "description": "A catalog of this project: copy it for further ones.",
          "x-catalog": "catalogSeason",
          "x-key": ["code"],
          "type": "object",
          "required": ["code", "name"],
          "properties": {
            "code": { "type": "string", "minLength": 1, "maxLength": 64 },
            "name": { "type": "string", "minLength": 1 },
            "startDate": { "type": "string", "format": "date-or-date-time", "x-bson": "date" }
          }
        }

        """

    private static let message = """
        {
          "batch": "b-1",
          "products": [
            { "sku": 15, "title": "Tea", "price": "1.234,50", "unit": "KG", "action": "NEW" }
          ]
        }

        """
}
