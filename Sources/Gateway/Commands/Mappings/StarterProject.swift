/// Files of a new project.
enum StarterProject {
    static let files: [(path: String, text: String)] = [
        ("gateway.yaml", settings), ("mappings/products.yaml", mapping), ("mappings/products.test.yaml", test),
        ("mappings/units.csv", "erp,unit\nUN,unit\nKG,kilogram\n"), ("definitions/catalogSeason.json", definition),
        ("messages/products.json", message),
    ]

    private static let settings = """
        # Settings of the gateway; `gateway check --settings` lists them all. Secrets are better given by the environment.
        rabbitMQ:
          uri: ${RABBITMQ_URI:-amqp://guest:guest@localhost:5672/}
          # The queue of messages in the built-in shape; routes of mappings name queues of their own.
          endpointName: promo.catalog
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
        # `gateway test` runs products.test.yaml, `gateway plan messages/products.json` tells what a message would do.

        routes:
          products:
            description: Products of the ERP.
            from:
              amqp:
                queue: erp.products
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

          - name: seasons come in the built-in shape, by a definition of this project
            given:
              catalogSeason:
                - { companyId: napse, code: summer, name: Summer, startDate: "2026-12-21" }
            message:
              body: { products: [{ sku: 15, action: REMOVE }] }
              outcomes: [absent]

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
