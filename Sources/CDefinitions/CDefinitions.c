#include "CDefinitions.h"

// #embed is of C23; clang has it in every mode and says so.
#pragma clang diagnostic ignored "-Wc23-extensions"

// A file added to Sources/Schemas/Definitions is named here twice; a test compares the folder with the list.
static const unsigned char definition_catalogBrand[] = {
#embed "../Schemas/Definitions/catalogBrand.json"
};
static const unsigned char definition_catalogCard[] = {
#embed "../Schemas/Definitions/catalogCard.json"
};
static const unsigned char definition_catalogCategory[] = {
#embed "../Schemas/Definitions/catalogCategory.json"
};
static const unsigned char definition_catalogChannel[] = {
#embed "../Schemas/Definitions/catalogChannel.json"
};
static const unsigned char definition_catalogCreditCampaignCode[] = {
#embed "../Schemas/Definitions/catalogCreditCampaignCode.json"
};
static const unsigned char definition_catalogCustomer[] = {
#embed "../Schemas/Definitions/catalogCustomer.json"
};
static const unsigned char definition_catalogCustomerType[] = {
#embed "../Schemas/Definitions/catalogCustomerType.json"
};
static const unsigned char definition_catalogDepartment[] = {
#embed "../Schemas/Definitions/catalogDepartment.json"
};
static const unsigned char definition_catalogEventTransaction[] = {
#embed "../Schemas/Definitions/catalogEventTransaction.json"
};
static const unsigned char definition_catalogEventTransactionType[] = {
#embed "../Schemas/Definitions/catalogEventTransactionType.json"
};
static const unsigned char definition_catalogExtendWarranty[] = {
#embed "../Schemas/Definitions/catalogExtendWarranty.json"
};
static const unsigned char definition_catalogFamily[] = {
#embed "../Schemas/Definitions/catalogFamily.json"
};
static const unsigned char definition_catalogFormat[] = {
#embed "../Schemas/Definitions/catalogFormat.json"
};
static const unsigned char definition_catalogIdType[] = {
#embed "../Schemas/Definitions/catalogIdType.json"
};
static const unsigned char definition_catalogInfoFinancial[] = {
#embed "../Schemas/Definitions/catalogInfoFinancial.json"
};
static const unsigned char definition_catalogItem[] = {
#embed "../Schemas/Definitions/catalogItem.json"
};
static const unsigned char definition_catalogItemStock[] = {
#embed "../Schemas/Definitions/catalogItemStock.json"
};
static const unsigned char definition_catalogPaymentBank[] = {
#embed "../Schemas/Definitions/catalogPaymentBank.json"
};
static const unsigned char definition_catalogPaymentCode[] = {
#embed "../Schemas/Definitions/catalogPaymentCode.json"
};
static const unsigned char definition_catalogPaymentPrefix[] = {
#embed "../Schemas/Definitions/catalogPaymentPrefix.json"
};
static const unsigned char definition_catalogPaymentType[] = {
#embed "../Schemas/Definitions/catalogPaymentType.json"
};
static const unsigned char definition_catalogProfileCode[] = {
#embed "../Schemas/Definitions/catalogProfileCode.json"
};
static const unsigned char definition_catalogStore[] = {
#embed "../Schemas/Definitions/catalogStore.json"
};
static const unsigned char definition_catalogStoreChain[] = {
#embed "../Schemas/Definitions/catalogStoreChain.json"
};
static const unsigned char definition_catalogSubCategory[] = {
#embed "../Schemas/Definitions/catalogSubCategory.json"
};
static const unsigned char definition_catalogSubZone[] = {
#embed "../Schemas/Definitions/catalogSubZone.json"
};
static const unsigned char definition_catalogSupplier[] = {
#embed "../Schemas/Definitions/catalogSupplier.json"
};
static const unsigned char definition_catalogZone[] = {
#embed "../Schemas/Definitions/catalogZone.json"
};

static const unsigned char meta_definition_meta[] = {
#embed "../Schemas/Definitions/definition.meta.json"
};
static const unsigned char meta_definition_root[] = {
#embed "../Schemas/Definitions/definition.root.json"
};
static const unsigned char meta_applicator[] = {
#embed "../Schemas/MetaSchemas/applicator.json"
};
static const unsigned char meta_content[] = {
#embed "../Schemas/MetaSchemas/content.json"
};
static const unsigned char meta_core[] = {
#embed "../Schemas/MetaSchemas/core.json"
};
static const unsigned char meta_format_annotation[] = {
#embed "../Schemas/MetaSchemas/format-annotation.json"
};
static const unsigned char meta_format_assertion[] = {
#embed "../Schemas/MetaSchemas/format-assertion.json"
};
static const unsigned char meta_meta_data[] = {
#embed "../Schemas/MetaSchemas/meta-data.json"
};
static const unsigned char meta_schema[] = {
#embed "../Schemas/MetaSchemas/schema.json"
};
static const unsigned char meta_unevaluated[] = {
#embed "../Schemas/MetaSchemas/unevaluated.json"
};
static const unsigned char meta_validation[] = {
#embed "../Schemas/MetaSchemas/validation.json"
};

#define FILE_ENTRY(symbol, name) {name, symbol, sizeof symbol}

static const promo_embedded_file definitions[] = {
    FILE_ENTRY(definition_catalogBrand, "catalogBrand.json"),
    FILE_ENTRY(definition_catalogCard, "catalogCard.json"),
    FILE_ENTRY(definition_catalogCategory, "catalogCategory.json"),
    FILE_ENTRY(definition_catalogChannel, "catalogChannel.json"),
    FILE_ENTRY(definition_catalogCreditCampaignCode, "catalogCreditCampaignCode.json"),
    FILE_ENTRY(definition_catalogCustomer, "catalogCustomer.json"),
    FILE_ENTRY(definition_catalogCustomerType, "catalogCustomerType.json"),
    FILE_ENTRY(definition_catalogDepartment, "catalogDepartment.json"),
    FILE_ENTRY(definition_catalogEventTransaction, "catalogEventTransaction.json"),
    FILE_ENTRY(definition_catalogEventTransactionType, "catalogEventTransactionType.json"),
    FILE_ENTRY(definition_catalogExtendWarranty, "catalogExtendWarranty.json"),
    FILE_ENTRY(definition_catalogFamily, "catalogFamily.json"),
    FILE_ENTRY(definition_catalogFormat, "catalogFormat.json"),
    FILE_ENTRY(definition_catalogIdType, "catalogIdType.json"),
    FILE_ENTRY(definition_catalogInfoFinancial, "catalogInfoFinancial.json"),
    FILE_ENTRY(definition_catalogItem, "catalogItem.json"),
    FILE_ENTRY(definition_catalogItemStock, "catalogItemStock.json"),
    FILE_ENTRY(definition_catalogPaymentBank, "catalogPaymentBank.json"),
    FILE_ENTRY(definition_catalogPaymentCode, "catalogPaymentCode.json"),
    FILE_ENTRY(definition_catalogPaymentPrefix, "catalogPaymentPrefix.json"),
    FILE_ENTRY(definition_catalogPaymentType, "catalogPaymentType.json"),
    FILE_ENTRY(definition_catalogProfileCode, "catalogProfileCode.json"),
    FILE_ENTRY(definition_catalogStore, "catalogStore.json"),
    FILE_ENTRY(definition_catalogStoreChain, "catalogStoreChain.json"),
    FILE_ENTRY(definition_catalogSubCategory, "catalogSubCategory.json"),
    FILE_ENTRY(definition_catalogSubZone, "catalogSubZone.json"),
    FILE_ENTRY(definition_catalogSupplier, "catalogSupplier.json"),
    FILE_ENTRY(definition_catalogZone, "catalogZone.json"),
};

const promo_embedded_file *promo_embedded_definitions(size_t *count) {
    *count = sizeof definitions / sizeof definitions[0];
    return definitions;
}

static const promo_embedded_file meta_schemas[] = {
    FILE_ENTRY(meta_definition_meta, "definition.meta.json"),
    FILE_ENTRY(meta_definition_root, "definition.root.json"),
    FILE_ENTRY(meta_applicator, "applicator.json"),
    FILE_ENTRY(meta_content, "content.json"),
    FILE_ENTRY(meta_core, "core.json"),
    FILE_ENTRY(meta_format_annotation, "format-annotation.json"),
    FILE_ENTRY(meta_format_assertion, "format-assertion.json"),
    FILE_ENTRY(meta_meta_data, "meta-data.json"),
    FILE_ENTRY(meta_schema, "schema.json"),
    FILE_ENTRY(meta_unevaluated, "unevaluated.json"),
    FILE_ENTRY(meta_validation, "validation.json"),
};

const promo_embedded_file *promo_embedded_meta_schemas(size_t *count) {
    *count = sizeof meta_schemas / sizeof meta_schemas[0];
    return meta_schemas;
}
